// Names of tuned kernels: 128-bit hashes of canonical encodings.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_STATE_STOREKEY_H
#define VYRE_RT_STATE_STOREKEY_H

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vyre::rt {

/// An XXH3-128 hash in its canonical (big-endian) byte order.
struct Hash128 {
  std::array<uint8_t, 16> bytes{};

  std::string hex() const; ///< 32 lower-case characters.
};

Hash128 hashBytes(std::string_view bytes);

/// True for exactly 32 lower-case hexadecimal characters.
bool isHashText(std::string_view text);

/// Hash over named, typed values in which order does not matter. Values of
/// different types never collide by encoding: 1, 1u, 1.0, true and "1" are five
/// values. A name given twice keeps its last value. Floats count by their bits.
class SpecializationHash {
public:
  void addBool(std::string_view name, bool value);
  void addSigned(std::string_view name, int64_t value);
  void addUnsigned(std::string_view name, uint64_t value);
  void addFloat(std::string_view name, double value);
  void addText(std::string_view name, std::string_view value);
  Hash128 finish() const;

private:
  void set(std::string_view name, char tag, std::string_view bytes);

  std::map<std::string, std::string, std::less<>> encoded;
};

struct KernelIdentity {
  Hash128 kernel;               ///< Of the kernel's code.
  std::string bindingSignature; ///< Kinds and order of its arguments.
  std::array<uint32_t, 3> workgroupSize{};
  Hash128 specialization;
};

/// A key of the autotune store.
struct StoreKey {
  std::string hash;    ///< 32 hex characters.
  std::string adapter; ///< Device the figures are from.
};

inline bool operator<(const StoreKey &a, const StoreKey &b) {
  return a.adapter != b.adapter ? a.adapter < b.adapter : a.hash < b.hash;
}
inline bool operator==(const StoreKey &a, const StoreKey &b) {
  return a.adapter == b.adapter && a.hash == b.hash;
}

StoreKey makeStoreKey(const KernelIdentity &kernel, std::string adapter);

/// "cuda-sm_<sm>-<name>", as "cuda-sm_90-NVIDIA H200" for sm 90. Characters other than
/// printable ASCII become underscores.
std::string cudaAdapterId(uint32_t sm, std::string_view name);
/// "host-<cpu>".
std::string hostAdapterId(std::string_view cpu);

} // namespace vyre::rt

#endif // VYRE_RT_STATE_STOREKEY_H
