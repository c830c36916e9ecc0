# The commands of a person at a terminal. Each does the set-up it needs; what is
# out of date is ninja's business, so a second run starts at once.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#   make             install what is missing, configure, build into build/
#   make demo        run an example in every mode, explained
#   make test        build and run all tests
#   make test-differential-5000   run 5,000 random programs in every mode
#   make bench       run the benchmarks (release build, build-release/)
#   make gpu-bundle  make a folder that checks and measures Vyre on a GPU machine
#   make lint        check layers, names and formatting; make format formats
#   make tidy        run clang-tidy
BUILD := build
RELEASE := build-release

# Build folders of one checkout share the compiler cache.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

SOURCES = git ls-files -z --cached --others --exclude-standard '*.h' '*.cpp' '*.c'

.PHONY: all setup demo test test-differential-5000 bench gpu-bundle lint format tidy clean
.DELETE_ON_ERROR:

all: $(BUILD)/build.ninja
	@cmake --build $(BUILD)

setup:
	@tools/scripts/setup.sh

# Configuring again after the first time is left to ninja.
$(BUILD)/build.ninja: | setup
	@cmake --preset dev
$(RELEASE)/build.ninja: | setup
	@cmake --preset release

demo: $(BUILD)/build.ninja
	@cmake --build $(BUILD) --target vyre-run
	@$(BUILD)/bin/vyre-run docs/examples/heat-2d.mlir --device=host --mode=all --explain

test: all
	@tools/scripts/run-tests.py $(BUILD)

test-differential-5000: $(BUILD)/build.ninja
	@cmake --build $(BUILD) --target test-differential-5000

bench: $(RELEASE)/build.ninja
	@cmake --build $(RELEASE)
	@cmake --build $(RELEASE) --target bench

gpu-bundle: all
	@cmake --build $(BUILD) --target gpu-bundle

lint: setup
	@tools/scripts/check-layers.py
	@tools/scripts/check-names.py
	@$(SOURCES) | xargs -0 clang-format-22 --dry-run --Werror
	@echo "lint: clean"

format: setup
	@$(SOURCES) | xargs -0 clang-format-22 -i

tidy: all
	@git ls-files -z 'lib/*.cpp' 'runtime/*.cpp' 'tools/*.cpp' | \
	  xargs -0 -n 4 -P "$$(nproc)" clang-tidy-22 --quiet -p $(BUILD)

clean:
	rm -rf $(BUILD) build-*
