// Attributes of the vyre dialect: device profiles, verdicts, offload targets.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ATTRS_TD
#define VYRE_ATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "vyre/Dialect/Vyre/IR/VyreDialect.td"

class Vyre_Attr<string name, string attrMnemonic> : AttrDef<Vyre_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Vyre_ProfileAttr : Vyre_Attr<"Profile", "profile"> {
  let summary = "The costs of launching on a device, in nanoseconds";
  let description = [{
    The figures the policy library decides from. `barrier` is the price of one
    synchronization of a persistent kernel; `bindless` is `full`, `static` or
    `unsupported`.

    ```mlir
    #vyre.profile<name = "native", launch = 5000, setup = 50000, record = 25000,
                  graph_launch = 500, graph_node = 0, barrier = 0, bindless = "full">
    ```

    Constraints:
    * (profile-C1) `bindless` is one of `full`, `static`, `unsupported`.
    * (profile-C2) `name` is not empty.
  }];
  let parameters = (ins
    StringRefParameter<"profile name">:$name,
    "uint64_t":$launch, "uint64_t":$setup, "uint64_t":$record,
    "uint64_t":$graph_launch, "uint64_t":$graph_node, "uint64_t":$barrier,
    StringRefParameter<"support for bindless resources">:$bindless,
    DefaultValuedParameter<"bool", "false">:$measured);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Vyre_VerdictAttr : Vyre_Attr<"Verdict", "verdict"> {
  let summary = "What the policy decided for a launch or a group of launches";
  let description = [{
    Each field is a policy's display form (docs/policy.md), or `deferred` when
    only run time can know. `mode` is the resolver's answer. A field that does
    not apply is left out.

    ```mlir
    #vyre.verdict<d1 = "persistent-kernel:450000", d4 = "record-and-replay:420000",
                  d9 = "traditional-bindings", i2 = "deferred",
                  mode = "persistent-kernel:450000", reason = "larger-saving">
    ```

    `d2` lists the ordered pairs of launches of one iteration as `i-j:verdict`,
    `d3` the verdict per host-to-device copy.

    Constraints:
    * (verdict-C1) every given field is `deferred` or parses as its policy's
      display form.
    * (verdict-C2) `mode` is given.
  }];
  let parameters = (ins
    StringRefParameter<"", [{""}]>:$d1,
    OptionalParameter<"::mlir::ArrayAttr">:$d2,
    OptionalParameter<"::mlir::ArrayAttr">:$d3,
    StringRefParameter<"", [{""}]>:$d4,
    StringRefParameter<"", [{""}]>:$d9,
    StringRefParameter<"", [{""}]>:$i2,
    StringRefParameter<"", [{""}]>:$mode,
    StringRefParameter<"", [{""}]>:$reason);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Vyre_OffloadAttr : Vyre_Attr<"Offload", "offload"> {
  let summary = "Which device forms of a kernel module Vyre emits and hands to its runtime";
  let description = [{
    On a `gpu.module`: its kernels are launched through the Vyre runtime. `host`
    asks for a CPU function per kernel; `chips` lists the NVIDIA chips to emit
    device code for (PTX, and cubins where `ptxas` is found).

    ```mlir
    gpu.module @kernels attributes {vyre.offload = #vyre.offload<host = true, chips = ["sm_90"]>}
    ```

    Constraints:
    * (offload-C1) at least one of the two is asked for.
    * (offload-C2) every chip is `sm_` and a number Vyre knows.
  }];
  let parameters = (ins "bool":$host, OptionalParameter<"::mlir::ArrayAttr">:$chips);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Vyre_SyncNone : I32EnumAttrCase<"None", 0, "none">;
def Vyre_SyncBlock : I32EnumAttrCase<"Block", 1, "block">;
def Vyre_SyncNeighbours : I32EnumAttrCase<"Neighbours", 2, "neighbours">;
def Vyre_SyncGrid : I32EnumAttrCase<"Grid", 3, "grid">;
def Vyre_SyncScope : I32EnumAttr<"SyncScope", "who meets at a vyre.sync",
    [Vyre_SyncNone, Vyre_SyncBlock, Vyre_SyncNeighbours, Vyre_SyncGrid]> {
  let cppNamespace = "::vyre";
}

#endif // VYRE_ATTRS_TD
