"""A fuzz target: a test that replays its corpus, and a program that searches for more."""

load("//:build_defs.bzl", "dagrad_binary", "dagrad_library")

def fuzz_target(name, srcs, deps = [], **kwargs):
    """<name>_test runs the files of corpus/<name>; <name>_fuzzer, with --config=fuzz, is libFuzzer.

    Args:
      name: the target's name, also of its folder of the corpus.
      srcs: implements LLVMFuzzerTestOneInput (fuzzer.h).
      deps: what it needs beside the common parts.
      **kwargs: what the test takes.
    """
    dagrad_library(
        name = name + "_target",
        testonly = True,
        srcs = srcs,
        alwayslink = True,
        deps = deps + [":fuzzing"],
    )
    corpus = native.glob(["corpus/" + name + "/*"], allow_empty = False)
    native.cc_test(
        name = name + "_test",
        srcs = ["replay.cc"],
        args = ["tests/fuzz/corpus/" + name],
        data = corpus,
        linkstatic = True,
        deps = [":" + name + "_target", ":fuzzing"],
        **kwargs
    )
    dagrad_binary(
        name = name + "_fuzzer",
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        # GCC has no libFuzzer: tools/fuzz builds it, with clang.
        tags = ["manual"],
        deps = [":" + name + "_target"],
    )
