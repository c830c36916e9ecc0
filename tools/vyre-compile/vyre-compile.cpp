// Compiles an MLIR program ahead of time: an executable, an object file with a C
// header, LLVM IR, PTX or lowered MLIR.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CHeader.h"
#include "EntryPoint.h"
#include "Explain.h"
#include "Link.h"
#include "OutputFile.h"
#include "driver/Compile.h"
#include "driver/Crash.h"
#include "driver/Environment.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include <cstring>

using namespace vyre::driver;

namespace {
namespace cl = llvm::cl;

/// Options of vyre-compile alone.
struct CompileOptions {
  cl::opt<std::string> output{"o", cl::desc("File to write; - is standard output"),
                              cl::value_desc("file")};
  cl::opt<std::string> emit{
      "emit", cl::desc("exe, obj (with a C header beside it), llvm, ptx or mlir"), cl::init("exe")};
  cl::opt<std::string> device{"device", cl::desc("host, cuda or fat (both)"), cl::init("fat")};
  cl::opt<std::string> mode{"mode", cl::desc("auto, plain, graph or persistent"), cl::init("auto")};
  cl::opt<std::string> profile{"profile", cl::desc("native, portable or FILE.toml")};
  cl::opt<std::string> march{"march", cl::desc("CPU to compile host code for, or native"),
                             cl::init("x86-64")};
  cl::opt<std::string> explain{"explain", cl::ValueOptional,
                               cl::desc("Print each decision to stderr, or as json:FILE")};
  cl::opt<bool> assemble{"assemble", cl::desc("Assemble cubins if ptxas is found"), cl::init(true)};
};

/// True if the options fit together; prints what is wrong.
bool checkUsage(const CompileOptions &options, const SharedOptions &shared,
                const vyre::PipelineOptions &pipeline) {
  std::string problem = vyre::checkPipelineOptions(pipeline);
  if (!shared.sharedLibs.empty() && options.emit != "exe")
    problem = "--shared-libs is for --emit=exe; nothing else is linked";
  for (const std::string &library : shared.sharedLibs)
    if (!llvm::sys::fs::is_regular_file(library))
      problem = "--shared-libs: there is no file '" + library + "'";
  if (options.output.empty())
    problem = "no output file; name one with -o";
  if (!llvm::is_contained({"exe", "obj", "llvm", "ptx", "mlir"}, options.emit))
    problem = "unknown --emit '" + options.emit + "'; expected exe, obj, llvm, ptx or mlir";
  if (!options.explain.empty() && !llvm::StringRef(options.explain).starts_with("json:"))
    problem = "unknown --explain '" + options.explain + "'; expected json:FILE or no value";
  if (options.output == "-" && (options.emit == "exe" || options.emit == "obj"))
    problem = "--emit=" + options.emit + " needs a file: only llvm, ptx and mlir go to '-o -'";
  if (options.emit == "ptx" && pipeline.chips.size() > 1)
    problem = "--emit=ptx is for one --chip";
  if (options.emit == "ptx" && !pipeline.wantsCuda())
    problem = "--emit=ptx needs --device=cuda or fat";
  if (problem.empty() && (options.emit != "ptx" && options.emit != "mlir"))
    (void)createTargetMachine(options.march, 0, problem);
  if (!problem.empty())
    reportError(problem);
  return problem.empty();
}

/// What the pipelines are told.
void setPipeline(vyre::PipelineOptions &pipeline, const SharedOptions &shared,
                 const CompileOptions &options) {
  pipeline.device = options.device.getValue();
  pipeline.mode = options.mode.getValue();
  if (options.profile == "native" || options.profile == "portable")
    pipeline.profile = options.profile.getValue();
  for (const std::string &chip : shared.chips)
    pipeline.chips.push_back(chip);
  pipeline.fastMath = shared.fastMath.getValue();
  pipeline.earlyStart = shared.earlyStart.getValue();
  pipeline.tables = shared.tables.getValue();
  pipeline.reorderFloatAtomics = shared.reorderFloatAtomics.getValue();
  pipeline.assemble = options.assemble && options.emit != "ptx";
  pipeline.records = options.emit != "ptx";
}

class Compiler {
public:
  Compiler(Compilation &compilation, const SharedOptions &shared, const CompileOptions &options,
           const vyre::PipelineOptions &pipeline)
      : compilation(compilation), shared(shared), options(options), pipeline(pipeline),
        writesFolder(options.emit == "ptx" && llvm::sys::fs::is_directory(options.output)),
        output(options.output, OutputFile::Kind::FileOrStdout),
        explanation(llvm::StringRef(options.explain).drop_front(std::strlen("json:")).str()) {}

  /// Compiles and writes the output; gives the exit code.
  int run(llvm::StringRef program);

private:
  bool lower();
  bool explain();
  int writePtx();
  bool emitNative(llvm::StringRef program);
  bool writeObject(llvm::Module &module, llvm::TargetMachine &machine, OutputFile &file);
  bool linkTo(llvm::StringRef program, llvm::Module &module, llvm::TargetMachine &machine);

  Compilation &compilation;
  const SharedOptions &shared;
  const CompileOptions &options;
  const vyre::PipelineOptions &pipeline;
  bool writesFolder; // -o is a folder: a file of PTX for each kernel module
  OutputFile output;
  OutputFile explanation;                  // of --explain=json:FILE
  std::string header;                      // of an object file
  llvm::SmallVector<std::string> exported; // symbols that an object file keeps
};

/// Runs the pipelines. Functions are described between them: after the front
/// their arguments are memrefs, after the lowering they are no functions of MLIR.
bool Compiler::lower() {
  bool isObject = options.emit == "obj";
  if (isObject)
    requestCWrappers(compilation.getModule());
  auto front = [&](mlir::OpPassManager &pm) {
    vyre::buildFrontPipeline(pm, pipeline);
    vyre::buildOptimizePipeline(pm, pipeline);
  };
  if (!compilation.run(front) || !explain())
    return false;
  if (isObject)
    header = describeFunctions(compilation.getModule(), exported);
  return compilation.run([&](mlir::OpPassManager &pm) { vyre::buildLowerPipeline(pm, pipeline); });
}

/// Explains the decisions, if asked to. They are in the IR until it is lowered.
bool Compiler::explain() {
  if (options.explain.getNumOccurrences() == 0)
    return true;
  mlir::ModuleOp module = compilation.getModule();
  if (options.explain == "json:-") { // stderr, as vyre-run does
    llvm::errs() << explanationJson(module, compilation.getUngrouped());
    return true;
  }
  if (!options.explain.empty())
    return explanation.write([&](llvm::raw_ostream &stream) {
      stream << explanationJson(module, compilation.getUngrouped());
    });
  llvm::errs() << explanationText(module, compilation.getUngrouped());
  return true;
}

/// Writes the PTX of the kernel module, or into a folder that of each. A stream of
/// several modules would be no PTX. Gives the exit code.
int Compiler::writePtx() {
  llvm::SmallVector<std::pair<std::string, llvm::StringRef>> modules;
  compilation.getModule().walk([&](mlir::gpu::BinaryOp binary) {
    for (mlir::Attribute object : binary.getObjects())
      modules.push_back({binary.getName().str(),
                         llvm::cast<mlir::gpu::ObjectAttr>(object).getObject().getValue()});
  });
  if (modules.empty()) {
    reportError("the program has no kernels to make PTX of");
    return kBadInput;
  }
  if (!writesFolder) {
    if (modules.size() == 1)
      return output.write([&](llvm::raw_ostream &stream) { stream << modules[0].second; })
                 ? kOk
                 : kBadInput;
    reportError("the program has " + std::to_string(modules.size()) +
                " kernel modules; with -o name a folder that exists, for a file of each");
    return kBadUsage;
  }
  for (const auto &[name, text] : modules) {
    llvm::SmallString<128> path(options.output);
    llvm::sys::path::append(path, name + ".ptx");
    OutputFile file(path);
    if (!file.create() ||
        !file.write([&, &ptx = text](llvm::raw_ostream &stream) { stream << ptx; }) || !file.keep())
      return kBadUsage;
  }
  return kOk;
}

bool Compiler::writeObject(llvm::Module &module, llvm::TargetMachine &machine, OutputFile &file) {
  bool emitted = true;
  bool written = file.write([&](llvm::raw_pwrite_stream &stream) {
    llvm::legacy::PassManager passes;
    emitted =
        !machine.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile);
    if (emitted)
      passes.run(module);
  });
  if (!emitted)
    reportError("LLVM cannot write object files for this CPU");
  return written && emitted;
}

bool Compiler::linkTo(llvm::StringRef program, llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::SmallString<128> path;
  if (auto error = llvm::sys::fs::createTemporaryFile("vyre", "o", path)) {
    reportError("cannot make a temporary file: " + error.message());
    return false;
  }
  llvm::FileRemover remover(path);
  OutputFile object(path);
  if (!object.create() || !writeObject(module, machine, object) || !object.keep())
    return false;
  llvm::SmallVector<std::string> undefined;
  std::vector<std::string> libraries(shared.sharedLibs.begin(), shared.sharedLibs.end());
  bool linked = linkExecutable(program, path, libraries, output.path(), undefined);
  compilation.reportUndefined(undefined);
  return linked;
}

bool Compiler::emitNative(llvm::StringRef program) {
  std::string error;
  auto machine = createTargetMachine(options.march, shared.optLevel, error);
  if (!machine) {
    reportError(error);
    return false;
  }
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = compilation.translate(context, *machine);
  if (!module)
    return false;
  if (options.emit == "obj")
    keepOnly(*module, exported);
  llvm::SmallVector<std::pair<std::string, std::string>> defaults;
  if (options.mode != "auto")
    defaults.push_back({"VYRE_MODE", options.mode.getValue()});
  if (!options.profile.empty())
    defaults.push_back({"VYRE_PROFILE", options.profile.getValue()});
  if (pipeline.wantsCuda())
    defaults.push_back({"VYRE_MIN_CHIP", oldestChip(pipeline)});
  if (options.emit == "exe")
    addMain(*module, shared.entry, defaults, compilation.getUngrouped());
  optimize(*module, *machine, shared.optLevel);
  if (options.emit == "exe")
    return linkTo(program, *module, *machine);
  if (options.emit == "obj")
    return writeObject(*module, *machine, output);
  return output.write([&](llvm::raw_ostream &stream) { module->print(stream, nullptr); });
}

int Compiler::run(llvm::StringRef program) {
  std::string headerPath = options.output + ".h";
  OutputFile headerFile(headerPath);
  bool isObject = options.emit == "obj";
  bool keepExplanation = !options.explain.empty() && options.explain != "json:-";
  // Before the work: a path that cannot be written is known at once.
  if ((!writesFolder && !output.create()) || (isObject && !headerFile.create()) ||
      (keepExplanation && !explanation.create()))
    return kBadUsage;
  if (!lower())
    return kBadInput;
  int code = kOk;
  if (options.emit == "ptx")
    code = writePtx();
  else if (options.emit != "mlir")
    code = emitNative(program) ? kOk : kBadInput;
  else if (!output.write([&](llvm::raw_ostream &stream) {
             compilation.getModule().print(stream);
             stream << "\n";
           }))
    code = kBadInput;
  if (code != kOk)
    return code;
  if (isObject && !headerFile.write([&](llvm::raw_ostream &stream) { stream << header; }))
    return kBadInput;
  if ((!writesFolder && !output.keep(/*executable=*/options.emit == "exe")) ||
      (isObject && !headerFile.keep()) || (keepExplanation && !explanation.keep()))
    return kBadInput;
  return kOk;
}

} // namespace

int main(int argc, char **argv) {
  installCrashHandler(argv[0]);
  dropLibraryOptions();
  SharedOptions shared;
  CompileOptions options;
  if (!parseCommandLine(argc, argv, "Compiles an MLIR program ahead of time\n"))
    return kBadUsage;
  vyre::PipelineOptions pipeline;
  setPipeline(pipeline, shared, options);
  if (!checkUsage(options, shared, pipeline) || !checkShared(shared))
    return kBadUsage;

  // The executable's default: one that no run could use is known here.
  if (!options.profile.empty()) {
    exportSetting("VYRE_DEVICE", "host");
    exportSetting("VYRE_PROFILE", options.profile);
    if (int code = checkSettings(); code != kOk)
      return code;
  }

  Compilation compilation(shared.remarksFilter);
  std::string resultType;
  if (!compilation.parse(shared.input))
    return kBadInput;
  if (options.emit == "exe" && !compilation.checkEntry(shared.entry, resultType))
    return kBadInput;
  return Compiler(compilation, shared, options, pipeline).run(argv[0]);
}
