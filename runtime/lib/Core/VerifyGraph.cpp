// Compares replays with plain launches: which bytes nodes write, and copies of those.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "VerifyGraph.h"
#include "Counters.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace vyre::rt {

namespace {

// Memory that a node writes, and which operand of its launch names it.
struct Written {
  uintptr_t begin, end;
  uint32_t node, operand;
};

// A range that nodes write, and what was in it: before, after the replay, after the
// plain launches.
struct Span {
  uintptr_t begin, end;
  std::vector<unsigned char> before, replayed, plain;
};

// A memref's descriptor, as it lies among packed arguments.
class Descriptor {
public:
  Descriptor(const GraphNode &node, const vyre_buffer_desc &buffer)
      : words(node.args.data() + buffer.offset), rank(buffer.rank) {}
  uint64_t aligned() const { return word(1); }
  int64_t offset() const { return int64_t(word(2)); }
  int64_t size(uint32_t dim) const { return int64_t(word(3 + dim)); }
  int64_t stride(uint32_t dim) const { return int64_t(word(3 + rank + dim)); }

private:
  uint64_t word(uint32_t index) const {
    uint64_t value;
    std::memcpy(&value, words + size_t(index) * sizeof value, sizeof value);
    return value;
  }

  const unsigned char *words;
  uint32_t rank;
};

// The bytes between the first and the last element; empty if there is none.
Written reachOf(const GraphNode &node, const vyre_buffer_desc &buffer, uint32_t number) {
  Descriptor memref(node, buffer);
  int64_t low = memref.offset(), high = low + 1;
  for (uint32_t dim = 0; dim != buffer.rank; ++dim) {
    if (memref.size(dim) <= 0)
      return {0, 0, number, buffer.argument};
    int64_t span = (memref.size(dim) - 1) * memref.stride(dim);
    (span < 0 ? low : high) += span;
  }
  int64_t bytes = buffer.element_bytes;
  return {uintptr_t(memref.aligned() + uint64_t(low * bytes)),
          uintptr_t(memref.aligned() + uint64_t(high * bytes)), number, buffer.argument};
}

// Why nobody can say what a kernel writes, or its result varies; empty if neither.
std::string unverifiable(const vyre_kernel_desc &kernel) {
  std::string name = "kernel '" + std::string(kernel.name ? kernel.name : "?") + "' ";
  // Programs of before the field have shorter records.
  constexpr size_t known = offsetof(vyre_kernel_desc, buffer_count) + sizeof(uint32_t);
  if (kernel.struct_size < known || !kernel.buffers)
    return name + "does not say what it writes (with a resource table none does: "
                  "--resource-tables=never)";
  if (kernel.flags & VYRE_KERNEL_UNKNOWN_EFFECTS)
    return name + "may write memory that no argument names";
  if (kernel.flags & VYRE_KERNEL_ORDER_DEPENDENT)
    return name + "depends on the order of its threads";
  for (uint32_t i = 0; i != kernel.buffer_count; ++i) {
    const vyre_buffer_desc &buffer = kernel.buffers[i];
    if (buffer.offset + 8 * (3 + 2 * uint64_t(buffer.rank)) > kernel.param_bytes)
      return name + "has a wrong record";
  }
  return "";
}

// What the nodes write; the reason why that is not known, if it is not.
std::string collect(const GraphSpec &spec, std::vector<Written> &all) {
  for (uint32_t number = 0; number != spec.nodes.size(); ++number) {
    const GraphNode &node = spec.nodes[number];
    if (node.empty)
      continue;
    if (node.kind != NodeKind::Kernel) {
      auto begin = reinterpret_cast<uintptr_t>(node.dst);
      uint64_t size = node.kind == NodeKind::Copy ? 1 : node.elementBytes;
      all.push_back({begin, begin + node.bytes * size, number, 0});
      continue;
    }
    std::string reason = unverifiable(*node.kernel);
    if (!reason.empty())
      return reason;
    for (uint32_t i = 0; i != node.kernel->buffer_count; ++i)
      if (node.kernel->buffers[i].access & VYRE_ACCESS_WRITE)
        all.push_back(reachOf(node, node.kernel->buffers[i], number));
  }
  all.erase(std::remove_if(all.begin(), all.end(),
                           [](const Written &range) { return range.begin >= range.end; }),
            all.end());
  return "";
}

// The union of ranges, as ranges with gaps between them.
std::vector<Span> merge(std::vector<Written> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Written &a, const Written &b) { return a.begin < b.begin; });
  std::vector<Span> spans;
  for (const Written &range : ranges) {
    if (spans.empty() || range.begin > spans.back().end)
      spans.push_back({range.begin, range.end, {}, {}, {}});
    spans.back().end = std::max(spans.back().end, range.end);
  }
  return spans;
}

// Copies all spans to `part` of each, and waits.
Status save(std::vector<Span> &spans, std::vector<unsigned char> Span::*part, Stream &stream) {
  Status status = stream.device.sync(stream);
  for (Span &span : spans) {
    (span.*part).resize(span.end - span.begin);
    if (status.ok())
      status = stream.device.copy((span.*part).data(), reinterpret_cast<void *>(span.begin),
                                  span.end - span.begin, stream);
  }
  Status copied = stream.device.sync(stream); // also after a failure: it may still write
  return status.ok() ? copied : status;
}

Status restore(std::vector<Span> &spans, Stream &stream) {
  Status status;
  for (Span &span : spans)
    if (status.ok())
      status = stream.device.copy(reinterpret_cast<void *>(span.begin), span.before.data(),
                                  span.end - span.begin, stream);
  Status copied = stream.device.sync(stream);
  return status.ok() ? copied : status;
}

std::string describe(const GraphSpec &spec, const Written &range) {
  const GraphNode &node = spec.nodes[range.node];
  std::string place = " of node " + std::to_string(range.node);
  if (node.kind == NodeKind::Copy)
    return "the target" + place + ", a copy";
  if (node.kind == NodeKind::Fill)
    return "the target" + place + ", a fill";
  std::string text = "operand " + std::to_string(range.operand) + place + ", kernel '" +
                     (node.kernel->name ? node.kernel->name : "?") + "'";
  if (node.launch.location)
    text += std::string(" at ") + node.launch.location;
  return text;
}

// The first difference as a failure.
Status compare(const GraphSpec &spec, const std::string &location,
               const std::vector<Written> &ranges, const std::vector<Span> &spans) {
  for (const Span &span : spans) {
    auto [replayed, plain] =
        std::mismatch(span.replayed.begin(), span.replayed.end(), span.plain.begin());
    if (replayed == span.replayed.end())
      continue;
    uintptr_t at = span.begin + uintptr_t(replayed - span.replayed.begin());
    auto owner = std::find_if(ranges.begin(), ranges.end(), [at](const Written &range) {
      return range.begin <= at && at < range.end;
    });
    char values[48];
    std::snprintf(values, sizeof values, "0x%02x, not 0x%02x", unsigned(*replayed),
                  unsigned(*plain));
    return {VYRE_INTERNAL, "VYRE_VERIFY: the replay of the graph at " + location +
                               " differs from plain launches: byte " +
                               std::to_string(at - owner->begin) + " of " + describe(spec, *owner) +
                               " is " + values};
  }
  return {};
}

} // namespace

Status verifyReplay(const GraphSpec &spec, const std::string &location, Stream &stream,
                    const std::function<Status()> &replay, const std::function<Status()> &plainly) {
  std::vector<Written> ranges;
  std::string reason = collect(spec, ranges);
  if (!reason.empty()) {
    addFallback(location + ": replays are not verified: " + reason);
    return replay();
  }
  std::vector<Span> spans = merge(ranges);
  Status status = save(spans, &Span::before, stream);
  if (status.ok())
    status = replay();
  if (status.ok())
    status = save(spans, &Span::replayed, stream);
  if (status.ok())
    status = restore(spans, stream);
  if (status.ok())
    status = plainly();
  if (status.ok())
    status = save(spans, &Span::plain, stream);
  return status.ok() ? compare(spec, location, ranges, spans) : status;
}

} // namespace vyre::rt
