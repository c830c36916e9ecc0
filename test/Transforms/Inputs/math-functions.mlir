// One C function per math function, for the accuracy driver.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @v_exp(%x: f64) -> f64 { %y = math.exp %x : f64 return %y : f64 }
func.func @v_exp2(%x: f64) -> f64 { %y = math.exp2 %x : f64 return %y : f64 }
func.func @v_expm1(%x: f64) -> f64 { %y = math.expm1 %x : f64 return %y : f64 }
func.func @v_log(%x: f64) -> f64 { %y = math.log %x : f64 return %y : f64 }
func.func @v_log2(%x: f64) -> f64 { %y = math.log2 %x : f64 return %y : f64 }
func.func @v_log10(%x: f64) -> f64 { %y = math.log10 %x : f64 return %y : f64 }
func.func @v_log1p(%x: f64) -> f64 { %y = math.log1p %x : f64 return %y : f64 }
func.func @v_sin(%x: f64) -> f64 { %y = math.sin %x : f64 return %y : f64 }
func.func @v_cos(%x: f64) -> f64 { %y = math.cos %x : f64 return %y : f64 }
func.func @v_tan(%x: f64) -> f64 { %y = math.tan %x : f64 return %y : f64 }
func.func @v_tanh(%x: f64) -> f64 { %y = math.tanh %x : f64 return %y : f64 }
func.func @v_sinh(%x: f64) -> f64 { %y = math.sinh %x : f64 return %y : f64 }
func.func @v_cosh(%x: f64) -> f64 { %y = math.cosh %x : f64 return %y : f64 }
func.func @v_expf(%x: f32) -> f32 { %y = math.exp %x : f32 return %y : f32 }
func.func @v_rsqrtf(%x: f32) -> f32 { %y = math.rsqrt %x : f32 return %y : f32 }
func.func @v_powf(%x: f32, %y: f32) -> f32 { %z = math.powf %x, %y : f32 return %z : f32 }
