// The TOML form of a device profile.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ProfileFile.h"

#include "StateFile.h"
#include "TomlReader.h"
#include "vyre/Policy/Display.h"

#include <unistd.h>

namespace vyre::rt {
namespace {

constexpr int64_t kSchema = 1;
constexpr size_t kMaxBytes = 1u << 20;

struct Figure {
  const char *key;
  uint64_t policy::DeviceProfile::*field;
};
constexpr Figure kFigures[] = {
    {"launch_ns", &policy::DeviceProfile::launchNs},
    {"persistent_setup_ns", &policy::DeviceProfile::persistentSetupNs},
    {"record_ns", &policy::DeviceProfile::recordNs},
    {"graph_launch_ns", &policy::DeviceProfile::graphLaunchNs},
    {"graph_node_ns", &policy::DeviceProfile::graphNodeNs},
};
constexpr policy::BarrierTier kTiers[] = {
    policy::BarrierTier::Block, policy::BarrierTier::Neighbours, policy::BarrierTier::Grid};

void readBarrier(TomlReader reader, policy::BarrierTable &barriers) {
  const auto tier = policy::parseDisplay<policy::BarrierTier>(reader.text("tier"));
  const uint32_t blocks = static_cast<uint32_t>(reader.number("blocks", UINT32_MAX));
  const uint64_t ns = reader.number("ns");
  reader.allowOnly({"tier", "blocks", "ns"});
  if (!reader.ok())
    return;
  if (!tier || *tier == policy::BarrierTier::None)
    return reader.failAt("tier", "'tier' must be \"block\", \"neighbours\" or \"grid\"");
  if (blocks == 0)
    return reader.failAt("blocks", "'blocks' must be at least 1");
  if (!barriers.add(*tier, blocks, ns))
    reader.failAt("blocks", "more than " + std::to_string(policy::BarrierTable::kMaxPoints) +
                                " barrier figures for one tier");
}

std::string formatProfile(const ProfileFile &file) {
  const policy::DeviceProfile &p = file.profile;
  std::string text = "# Device profile of Vyre: what launches, recordings and barriers cost.\n"
                     "schema = " +
                     std::to_string(kSchema) + "\ndevice = " + quoteToml(file.device) +
                     "\ndate = " + file.date + "\n";
  for (const Figure &figure : kFigures)
    text += std::string(figure.key) + " = " + std::to_string(p.*figure.field) + "\n";
  text += "bindless = " + quoteToml(policy::display(p.bindless)) + "\n";
  for (policy::BarrierTier tier : kTiers)
    for (size_t i = 0; i < p.barriers.size(tier); ++i) {
      const policy::BarrierTable::Point &point = p.barriers.point(tier, i);
      text += "\n[[barrier]]\ntier = " + quoteToml(policy::display(tier)) +
              "\nblocks = " + std::to_string(point.blocks) + "\nns = " + std::to_string(point.ns) +
              "\n";
    }
  return text;
}

} // namespace

Status parseProfile(const std::string &text, const std::string &path, ProfileFile &file) {
  toml::table table;
  if (Status status = parseToml(text, path, table); !status.ok())
    return status;
  Status failure;
  TomlReader reader(table, path, failure);
  reader.requireSchema(kSchema);
  ProfileFile parsed;
  parsed.profile.source = policy::ProfileSource::Measured;
  parsed.device = reader.text("device");
  parsed.date = reader.date("date");
  for (const Figure &figure : kFigures)
    parsed.profile.*figure.field = reader.number(figure.key);
  const auto bindless = policy::parseDisplay<policy::BindlessSupport>(reader.text("bindless"));
  if (!bindless)
    reader.failAt("bindless", "'bindless' must be \"full\", \"static\" or \"unsupported\"");
  parsed.profile.bindless = bindless.value_or(policy::BindlessSupport::Unsupported);
  const toml::array *barriers = reader.tables("barrier");
  for (size_t i = 0; barriers && i < barriers->size() && failure.ok(); ++i)
    readBarrier(TomlReader(*barriers->get(i)->as_table(), path, failure), parsed.profile.barriers);
  reader.allowOnly({"schema", "device", "date", "launch_ns", "persistent_setup_ns", "record_ns",
                    "graph_launch_ns", "graph_node_ns", "bindless", "barrier"});
  if (failure.ok())
    file = std::move(parsed);
  return failure;
}

Status readProfileFile(const std::string &path, ProfileFile &file) {
  std::string text;
  bool exists = false;
  if (Status status = readStateFile(path, kMaxBytes, text, exists); !status.ok())
    return status;
  if (!exists)
    return Status(VYRE_INVALID_ARGUMENT, "profile '" + path + "' does not exist");
  return parseProfile(text, path, file);
}

Status writeProfileFile(const std::string &path, const ProfileFile &file) {
  const std::string text = formatProfile(file);
  // What could not be read back is not written.
  ProfileFile readBack;
  if (Status status = parseProfile(text, path, readBack); !status.ok())
    return status;
  return replaceStateFile(path, path + ".tmp." + std::to_string(::getpid()), text);
}

Status loadProfile(const std::string &nameOrPath, policy::DeviceProfile &profile) {
  if (nameOrPath == "native") {
    profile = policy::nativeProfile();
    return {};
  }
  if (nameOrPath == "portable") {
    profile = policy::portableProfile();
    return {};
  }
  ProfileFile file;
  Status status = readProfileFile(nameOrPath, file);
  if (status.ok())
    profile = file.profile;
  return status;
}

} // namespace vyre::rt
