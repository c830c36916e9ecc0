#!/usr/bin/env python3
"""Runs the tests of a build folder, and closes with one line that counts them.

CTest runs the unit, conformance and script tests, lit the tests of the tools.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Exit code: 0 all tests passed; 1 one failed, or there was none to run; 2 usage.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml


def parse_arguments():
    parser = argparse.ArgumentParser(description="Run the tests of a build folder.")
    parser.add_argument("build", type=pathlib.Path, metavar="BUILD")
    parser.add_argument(
        "--exclude-labels", metavar="REGEX", help="leave out CTest tests with such a label"
    )
    parser.add_argument(
        "--lit",
        action="append",
        metavar="FOLDER",
        help="run only the lit tests of this folder of test/ (repeatable); 'none': no lit",
    )
    parser.add_argument(
        "--tally", type=pathlib.Path, help="file to append 'passed failed skipped' to"
    )
    args = parser.parse_args()
    if not (args.build / "CTestTestfile.cmake").is_file():
        parser.error(f"{args.build} is not a build folder with tests")
    return args


def count(report, suites):
    """Returns (passed, failed, skipped) of a JUnit report's test suites."""
    root = xml.parse(report).getroot()
    total = failed = skipped = 0
    for suite in suites(root):
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0)) + int(suite.get("disabled", 0))
    return total - failed - skipped, failed, skipped


def run_ctest(args, folder):
    # The test called "lit" is all of lit: run_lit runs it, and counts its tests.
    report = folder / "ctest.xml"
    command = ["ctest", "--test-dir", args.build, "-j", os.cpu_count(), "-E", "^lit$"]
    command += ["--output-on-failure", "--no-tests=error", "--output-junit", report]
    if args.exclude_labels:
        command += ["-LE", args.exclude_labels]
    code = subprocess.run([str(word) for word in command]).returncode
    counts = count(report, lambda root: [root]) if report.is_file() else (0, 0, 0)
    return code, counts


def run_lit(args, folder):
    tests = args.build.resolve() / "test"
    if args.lit == ["none"] or not (tests / "lit.site.cfg.py").is_file():
        return 0, (0, 0, 0)
    report = folder / "lit.xml"
    lit = pathlib.Path(
        subprocess.check_output(["llvm-config-22", "--bindir"], text=True).strip(), "lit"
    )
    folders = [tests / name for name in args.lit] if args.lit else [tests]
    command = [lit, "-sv", "--xunit-xml-output", report, *folders]
    code = subprocess.run([str(word) for word in command]).returncode
    counts = count(report, lambda root: root.iter("testsuite")) if report.is_file() else (0, 0, 0)
    return code, counts


def main():
    args = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        results = [run_ctest(args, pathlib.Path(folder)), run_lit(args, pathlib.Path(folder))]
    passed, failed, skipped = (sum(column) for column in zip(*(counts for _, counts in results)))
    # A runner can fail without a failed test: a test program that is missing.
    bad = failed > 0 or passed == 0 or any(code != 0 for code, _ in results)
    if args.tally:
        with args.tally.open("a") as tally:
            tally.write(f"{passed} {failed} {skipped}\n")
    if bad and failed == 0:
        print("tests: a test runner failed; see its message above", file=sys.stderr)
    print(f"tests: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
