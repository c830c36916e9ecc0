// Store keys: canonical, order-independent, typed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "StoreKey.h"

#include <gtest/gtest.h>

#include <set>

namespace vyre::rt {
namespace {

// The hash is XXH3-128 in canonical order: the published value of no bytes.
TEST(StateKey, HashesAsXxh3) { EXPECT_EQ(hashBytes("").hex(), "99aa06d3014798d86001c324468d497f"); }

TEST(StateKey, OrderDoesNotMatter) {
  SpecializationHash a, b;
  a.addSigned("n", 4);
  a.addFloat("alpha", 0.5);
  a.addText("name", "x");
  b.addText("name", "x");
  b.addSigned("n", 4);
  b.addFloat("alpha", 0.5);
  EXPECT_EQ(a.finish().hex(), b.finish().hex());
}

// One and its kin are different values, and so are values split otherwise
// between name and text.
TEST(StateKey, TypesAndNamesNeverCollide) {
  std::set<std::string> seen;
  const auto add = [&](auto fill) {
    SpecializationHash hash;
    fill(hash);
    return seen.insert(hash.finish().hex()).second;
  };
  EXPECT_TRUE(add([](SpecializationHash &h) {}));
  EXPECT_TRUE(add([](SpecializationHash &h) { h.addBool("v", true); }));
  EXPECT_TRUE(add([](SpecializationHash &h) { h.addSigned("v", 1); }));
  EXPECT_TRUE(add([](SpecializationHash &h) { h.addUnsigned("v", 1); }));
  EXPECT_TRUE(add([](SpecializationHash &h) { h.addFloat("v", 1.0); }));
  EXPECT_TRUE(add([](SpecializationHash &h) { h.addFloat("v", 4.9406564584124654e-324); }));
  EXPECT_TRUE(add([](SpecializationHash &h) { h.addText("v", "1"); }));
  EXPECT_TRUE(
      add([](SpecializationHash &h) { h.addText("v", std::string("\1\0\0\0\0\0\0\0", 8)); }));
  EXPECT_TRUE(add([](SpecializationHash &h) { h.addText("v1", ""); }));
  EXPECT_TRUE(add([](SpecializationHash &h) { h.addFloat("v", 0.0); }));
  EXPECT_TRUE(add([](SpecializationHash &h) { h.addFloat("v", -0.0); }));
  EXPECT_FALSE(add([](SpecializationHash &h) { h.addBool("v", true); }));
}

// A name given twice keeps its last value.
TEST(StateKey, LastValueHolds) {
  SpecializationHash twice, once;
  twice.addSigned("n", 1);
  twice.addText("n", "two");
  once.addText("n", "two");
  EXPECT_EQ(twice.finish().hex(), once.finish().hex());
}

// Every part of a kernel's identity is part of the key.
TEST(StateKey, CoversTheWholeIdentity) {
  const KernelIdentity base{hashBytes("kernel"), "memref<f32>,i64", {32, 4, 1}, hashBytes("spec")};
  std::set<std::string> seen{makeStoreKey(base, "host-x").hash};
  KernelIdentity other = base;
  other.kernel = hashBytes("kernel2");
  EXPECT_TRUE(seen.insert(makeStoreKey(other, "host-x").hash).second);
  other = base;
  other.bindingSignature = "memref<f32>,i6";
  EXPECT_TRUE(seen.insert(makeStoreKey(other, "host-x").hash).second);
  for (int axis = 0; axis < 3; ++axis) {
    other = base;
    other.workgroupSize[axis] += 1;
    EXPECT_TRUE(seen.insert(makeStoreKey(other, "host-x").hash).second);
  }
  other = base;
  other.specialization = hashBytes("spec2");
  EXPECT_TRUE(seen.insert(makeStoreKey(other, "host-x").hash).second);
  EXPECT_FALSE(seen.insert(makeStoreKey(base, "host-x").hash).second);
  EXPECT_FALSE(makeStoreKey(base, "host-x") == makeStoreKey(base, "host-y"));
}

TEST(StateKey, RecognizesHashText) {
  EXPECT_TRUE(isHashText(hashBytes("x").hex()));
  EXPECT_FALSE(isHashText(hashBytes("x").hex() + "0"));
  EXPECT_FALSE(isHashText("99AA06D3014798D86001C324468D497F"));
  EXPECT_FALSE(isHashText(""));
}

TEST(StateKey, AdapterIdsArePrintable) {
  EXPECT_EQ(cudaAdapterId(90, "NVIDIA H200"), "cuda-sm_90-NVIDIA H200");
  EXPECT_EQ(hostAdapterId("a\xff\nb"), "host-a__b");
}

} // namespace
} // namespace vyre::rt
