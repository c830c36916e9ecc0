#!/bin/bash
# Installs the Debian 12 packages that Vyre is built and tested with. Installs
# only what is missing: when everything is there it changes nothing and needs
# no rights. Uses the machine's own package sources; LLVM 22 is in Debian 12's
# security suite, which a standard installation has enabled.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: setup.sh            (VYRE_SKIP_SETUP=1: do nothing, trust the machine)
# Exit code: 0 everything is installed; 1 it is not, and why is on stderr.
set -euo pipefail

packages=(
  # The compiler Vyre is made of, and made with.
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools
  clang-22 lld-22 libclang-rt-22-dev clang-format-22 clang-tidy-22 libomp-22-dev
  g++-12 cmake ninja-build ccache make git python3
  # Libraries of the runtime, the tools and the tests.
  nlohmann-json3-dev libtomlplusplus-dev libxxhash-dev libgtest-dev libbenchmark-dev
  spin # checks the models of protocols
)

fail() {
  echo "setup: $*" >&2
  exit 1
}

[ "${VYRE_SKIP_SETUP:-}" = 1 ] && exit 0
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail "no apt on this system. Install what these Debian 12 packages hold, then set" \
    "VYRE_SKIP_SETUP=1: ${packages[*]}"
fi

# dpkg-query fails when it does not know a package; its list is still right.
installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qx "$package installed" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "setup: installing ${missing[*]}" >&2
if [ "$(id -u)" -eq 0 ]; then
  root=()
elif command -v sudo >/dev/null; then
  root=(sudo)
else
  fail "root or sudo is needed. As root, run: apt-get install ${missing[*]}"
fi
apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q)
# Standard error is shown as it is: apt says best what is wrong with its sources.
"${apt[@]}" update >&2 || fail "the package lists cannot be read (no network?)"
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2 ||
  fail "apt could not install them. LLVM 22 is in Debian 12 with its security suite" \
    "(bookworm-security) enabled; see the messages above"
