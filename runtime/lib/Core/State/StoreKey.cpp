// Canonical encodings: fixed-width little-endian numbers, length before text, a
// tag before each value, so that no two inputs share an encoding.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "StoreKey.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

namespace vyre::rt {
namespace {

void putNumber(std::string &out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out.push_back(static_cast<char>(value >> (8 * i)));
}

void putText(std::string &out, std::string_view text) {
  putNumber(out, text.size(), 8);
  out.append(text);
}

void putHash(std::string &out, const Hash128 &hash) {
  out.append(reinterpret_cast<const char *>(hash.bytes.data()), hash.bytes.size());
}

std::string numberBytes(uint64_t value) {
  std::string out;
  putNumber(out, value, 8);
  return out;
}

/// Device names come from drivers and firmware: keep what every file can hold.
std::string printable(std::string_view name) {
  std::string out;
  for (char c : name)
    out.push_back(c >= ' ' && c <= '~' ? c : '_');
  return out;
}

} // namespace

std::string Hash128::hex() const {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (uint8_t byte : bytes) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

Hash128 hashBytes(std::string_view bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  Hash128 hash;
  static_assert(sizeof canonical.digest == sizeof hash.bytes);
  std::memcpy(hash.bytes.data(), canonical.digest, sizeof canonical.digest);
  return hash;
}

bool isHashText(std::string_view text) {
  for (char c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      return false;
  return text.size() == 32;
}

void SpecializationHash::set(std::string_view name, char tag, std::string_view bytes) {
  std::string value(1, tag);
  putText(value, bytes);
  encoded.insert_or_assign(std::string(name), std::move(value));
}

void SpecializationHash::addBool(std::string_view name, bool value) {
  set(name, 'b', numberBytes(value));
}
void SpecializationHash::addSigned(std::string_view name, int64_t value) {
  set(name, 'i', numberBytes(static_cast<uint64_t>(value)));
}
void SpecializationHash::addUnsigned(std::string_view name, uint64_t value) {
  set(name, 'u', numberBytes(value));
}
void SpecializationHash::addFloat(std::string_view name, double value) {
  uint64_t bits = 0;
  static_assert(sizeof bits == sizeof value);
  std::memcpy(&bits, &value, sizeof bits);
  set(name, 'f', numberBytes(bits));
}
void SpecializationHash::addText(std::string_view name, std::string_view value) {
  set(name, 's', value);
}

Hash128 SpecializationHash::finish() const {
  std::string bytes;
  putText(bytes, "vyre-specialization-1");
  putNumber(bytes, encoded.size(), 8);
  for (const auto &[name, value] : encoded) {
    putText(bytes, name);
    bytes += value;
  }
  return hashBytes(bytes);
}

StoreKey makeStoreKey(const KernelIdentity &kernel, std::string adapter) {
  std::string bytes;
  putText(bytes, "vyre-kernel-1");
  putHash(bytes, kernel.kernel);
  putText(bytes, kernel.bindingSignature);
  for (uint32_t size : kernel.workgroupSize)
    putNumber(bytes, size, 4);
  putHash(bytes, kernel.specialization);
  return {hashBytes(bytes).hex(), std::move(adapter)};
}

std::string cudaAdapterId(uint32_t sm, std::string_view name) {
  return "cuda-sm_" + std::to_string(sm) + "-" + printable(name);
}

std::string hostAdapterId(std::string_view cpu) { return "host-" + printable(cpu); }

} // namespace vyre::rt
