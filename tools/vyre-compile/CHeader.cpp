// Describes a program's public functions to C.
//
// The wrappers are upstream's C interface: `_mlir_ciface_NAME` takes scalars by
// value and each memref as a pointer to its descriptor. A memref result, or
// several results, come back through a pointer that goes first.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CHeader.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

using namespace mlir;

namespace {

/// True for a function that others may call.
bool isExported(func::FuncOp function) { return function.isPublic() && !function.isExternal(); }

/// C's name of a scalar; empty if it has none.
std::string scalarName(Type type) {
  if (type.isIndex())
    return "int64_t";
  if (type.isInteger(1))
    return "bool";
  for (unsigned bits : {8, 16, 32, 64})
    if (type.isInteger(bits))
      return "int" + std::to_string(bits) + "_t";
  return type.isF32() ? "float" : type.isF64() ? "double" : "";
}

/// Collects the structs of one header.
class Header {
public:
  bool addFunction(func::FuncOp function);
  std::string text() const;

private:
  std::string memrefName(Type type);
  std::string resultName(StringRef function, TypeRange results);

  std::map<std::string, std::string> structs; // name -> definition, memrefs
  std::string results;                        // structs of functions with several results
  std::string prototypes;
};

/// Name of the descriptor struct of a memref type, which it defines; empty if its
/// elements have no name in C.
std::string Header::memrefName(Type type) {
  if (isa<UnrankedMemRefType>(type)) {
    structs["vyre_memref_any"] = "/* A memref of any rank: `descriptor` points to one of those "
                                 "below. */\ntypedef struct {\n  int64_t rank;\n  void "
                                 "*descriptor;\n} vyre_memref_any;\n";
    return "vyre_memref_any";
  }
  auto memref = dyn_cast<MemRefType>(type);
  std::string element = memref ? scalarName(memref.getElementType()) : "";
  if (element.empty())
    return "";
  std::string rank = std::to_string(memref.getRank());
  std::string word = element;
  if (StringRef(word).ends_with("_t"))
    word.resize(word.size() - 2);
  std::string name = "vyre_memref_" + word + "_" + rank + "d";
  std::string shape;
  if (memref.getRank() > 0)
    shape = "  int64_t sizes[" + rank + "];\n  int64_t strides[" + rank + "];\n";
  structs[name] = "typedef struct {\n  " + element + " *allocated;\n  " + element +
                  " *aligned;\n  int64_t offset;\n" + shape + "} " + name + ";\n";
  return name;
}

/// Defines the struct of a function with several results; empty if one has no
/// name in C.
std::string Header::resultName(StringRef function, TypeRange types) {
  std::string name = ("vyre_result_" + function).str();
  std::string fields;
  for (auto [index, type] : llvm::enumerate(types)) {
    std::string field = isa<BaseMemRefType>(type) ? memrefName(type) : scalarName(type);
    if (field.empty())
      return "";
    fields += "  " + field + " result" + std::to_string(index) + ";\n";
  }
  results += "typedef struct {\n" + fields + "} " + name + ";\n\n";
  return name;
}

/// Adds a prototype; false, with a comment in its place, if a type has no name in C.
bool Header::addFunction(func::FuncOp function) {
  std::string name = function.getName().str(), result = "void";
  SmallVector<std::string> parameters;
  bool known = true;
  TypeRange types = function.getResultTypes();
  if (types.size() > 1 || (types.size() == 1 && isa<BaseMemRefType>(types[0]))) {
    std::string back = types.size() > 1 ? resultName(name, types) : memrefName(types[0]);
    known &= !back.empty();
    parameters.push_back(back + " *result");
  } else if (types.size() == 1) {
    result = scalarName(types[0]);
    known &= !result.empty();
  }
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    bool isMemref = isa<BaseMemRefType>(type);
    std::string parameter = isMemref ? memrefName(type) : scalarName(type);
    known &= !parameter.empty();
    parameters.push_back(parameter + (isMemref ? " *arg" : " arg") + std::to_string(index));
  }
  known &= llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  if (!known) {
    prototypes += "/* " + name + " is left out: C has no name for one of its types. */\n";
    return false;
  }
  std::string list = parameters.empty() ? "void" : llvm::join(parameters, ", ");
  prototypes += result + " _mlir_ciface_" + name + "(" + list + ");\n";
  return true;
}

std::string Header::text() const {
  std::string text = "/* Public functions of a program that vyre-compile made. A memref argument "
                     "is a\n * pointer to its descriptor: set `aligned` and `allocated` to the "
                     "buffer, `offset`\n * to 0, and sizes and strides in elements (row-major: "
                     "the last stride is 1). */\n#pragma once\n\n#include <stdbool.h>\n#include "
                     "<stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  for (const auto &[name, definition] : structs)
    text += definition + "\n";
  return text + results + prototypes + "\n#ifdef __cplusplus\n}\n#endif\n";
}

} // namespace

void vyre::driver::requestCWrappers(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    if (isExported(function))
      function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                        UnitAttr::get(module.getContext()));
}

std::string vyre::driver::describeFunctions(ModuleOp module, SmallVectorImpl<std::string> &names) {
  Header header;
  for (auto function : module.getOps<func::FuncOp>())
    if (isExported(function) && header.addFunction(function))
      names.push_back("_mlir_ciface_" + function.getName().str());
  return header.text();
}
