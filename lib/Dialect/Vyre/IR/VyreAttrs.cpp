// Parsing, printing and verification of the vyre attributes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vyre;

#define GET_ATTRDEF_CLASSES
#include "vyre/Dialect/Vyre/IR/VyreAttrs.cpp.inc"

void VyreDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "vyre/Dialect/Vyre/IR/VyreAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// ProfileAttr
//===----------------------------------------------------------------------===//

LogicalResult ProfileAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef name,
                                  uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                  StringRef bindless, bool) {
  if (!llvm::is_contained({"full", "static", "unsupported"}, bindless)) // (profile-C1)
    return emitError() << "profile-C1: bindless is full, static or unsupported, not '" << bindless
                       << "'";
  if (name.empty()) // (profile-C2)
    return emitError() << "profile-C2: a profile has a name";
  return success();
}

//===----------------------------------------------------------------------===//
// VerdictAttr
//===----------------------------------------------------------------------===//

namespace {
/// The display forms of one policy: exact words, and words followed by `:<ns>`.
struct DisplayForm {
  SmallVector<StringRef> words;
  SmallVector<StringRef> withSavings;
};
} // namespace

/// True if `text` is `deferred` or one of the display forms.
static bool matchesDisplayForm(StringRef text, const DisplayForm &form) {
  if (text == "deferred" || llvm::is_contained(form.words, text))
    return true;
  auto [word, savings] = text.split(':');
  return llvm::is_contained(form.withSavings, word) && !savings.empty() &&
         llvm::all_of(savings, [](char c) { return llvm::isDigit(c); });
}

Attribute VerdictAttr::parse(AsmParser &parser, Type) {
  std::string text[6];
  ArrayAttr d2, d3;
  auto parseField = [&]() -> ParseResult {
    StringRef key;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&key) || parser.parseEqual())
      return failure();
    if (key == "d2")
      return parser.parseAttribute(d2);
    if (key == "d3")
      return parser.parseAttribute(d3);
    static constexpr StringRef keys[] = {"d1", "d4", "d9", "i2", "mode", "reason"};
    const auto *it = llvm::find(keys, key);
    if (it == std::end(keys))
      return parser.emitError(loc, "unknown field '") << key << "' of a verdict";
    return parser.parseString(&text[it - std::begin(keys)]);
  };
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseField))
    return {};
  return parser.getChecked<VerdictAttr>(loc, parser.getContext(), text[0], d2, d3, text[1], text[2],
                                        text[3], text[4], text[5]);
}

void VerdictAttr::print(AsmPrinter &printer) const {
  printer << '<';
  llvm::ListSeparator separator;
  auto printText = [&](StringRef key, StringRef value) {
    if (!value.empty())
      printer << StringRef(separator) << key << " = \"" << value << '"';
  };
  auto printArray = [&](StringRef key, ArrayAttr value) {
    if (value)
      printer << StringRef(separator) << key << " = " << value;
  };
  printText("d1", getD1());
  printArray("d2", getD2());
  printArray("d3", getD3());
  printText("d4", getD4());
  printText("d9", getD9());
  printText("i2", getI2());
  printText("mode", getMode());
  printText("reason", getReason());
  printer << '>';
}

LogicalResult VerdictAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef d1,
                                  ArrayAttr d2, ArrayAttr d3, StringRef d4, StringRef d9,
                                  StringRef i2, StringRef mode, StringRef reason) {
  const std::tuple<StringRef, StringRef, DisplayForm> fields[] = {
      {"d1", d1, {{"standard-launches"}, {"persistent-kernel"}}},
      {"d4", d4, {{"plain-launches"}, {"record-and-replay"}}},
      {"d9", d9, {{"traditional-bindings", "bindless"}, {}}},
      {"i2", i2, {{"hold-steady"}, {"speculate"}}},
      {"mode", mode, {{"plain-launches"}, {"persistent-kernel", "command-reuse"}}}};
  for (const auto &[name, value, form] : fields)
    if (!value.empty() && !matchesDisplayForm(value, form)) // (verdict-C1)
      return emitError() << "verdict-C1: '" << value << "' is no verdict of " << name;
  for (ArrayAttr list : {d2, d3})
    if (list && !llvm::all_of(list, llvm::IsaPred<StringAttr>)) // (verdict-C1)
      return emitError() << "verdict-C1: d2 and d3 are lists of strings";
  if (mode.empty()) // (verdict-C2)
    return emitError() << "verdict-C2: a verdict names the mode";
  return success();
}

//===----------------------------------------------------------------------===//
// OffloadAttr
//===----------------------------------------------------------------------===//

LogicalResult OffloadAttr::verify(function_ref<InFlightDiagnostic()> emitError, bool host,
                                  ArrayAttr chips) {
  if (!host && (!chips || chips.empty())) // (offload-C1)
    return emitError() << "offload-C1: ask for the host, a chip or both";
  static constexpr StringRef known[] = {"sm_75", "sm_80",  "sm_86", "sm_89",
                                        "sm_90", "sm_100", "sm_120"};
  for (Attribute chip : chips ? chips.getValue() : ArrayRef<Attribute>()) {
    auto name = dyn_cast<StringAttr>(chip);
    if (!name || !llvm::is_contained(known, name.getValue())) // (offload-C2)
      return emitError() << "offload-C2: unknown chip " << chip;
  }
  return success();
}
