"""The rules that every BUILD file of dagrad uses instead of the native ones.

They keep one way of including headers, "dagrad/<folder>/<file>.h", inside the
repository and from another workspace, and one set of compiler options.
"""

load("@system_compiler//:warnings.bzl", "WARNINGS")

# GCC takes the moved-from half of an absl::InlinedVector for uninitialized memory, and aggregates with defaults for mistakes.
# GCC 14 takes the bytes of an empty absl::InlinedVector for uninitialized when it is moved: its
# warning is shown, but stops nothing.
_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wno-error=uninitialized",
    "-Wno-maybe-uninitialized",
    "-Wno-missing-field-initializers",
] + WARNINGS

_OPTIMIZE = select({
    "//:optimized": ["-O3"],
    "//conditions:default": [],
})

# A test's own code is short of time when it is compiled, not when it runs.
_OPTIMIZE_TESTS = select({
    "//:optimized": ["-O1"],
    "//conditions:default": [],
})

# Headers that are compiled once (third_party/precompiled).
def _precompiled(header):
    package = "third_party/precompiled"
    return struct(
        copts = select({
            "//:without_precompiled": [],
            "//conditions:default": ["-include", "%s/once/%s.h" % (package, header)],
        }),
        deps = select({
            "//:without_precompiled": [],
            "//conditions:default": ["//%s:%s" % (package, header)],
        }),
    )

_LIBRARY_HEADERS = _precompiled("library_headers")
_TEST_HEADERS = _precompiled("test_headers")
_NO_HEADERS = struct(copts = [], deps = [])

def _include_path(package):
    return "dagrad/" + package if package else "dagrad"

def dagrad_library(name, copts = [], deps = [], precompiled = True, **kwargs):
    """A cc_library whose headers are included as "dagrad/<folder>/<file>.h".

    Args:
      name: the target's name.
      copts: compiler options beside dagrad's own.
      deps: what it needs.
      precompiled: False where copts change what the precompiled headers mean.
      **kwargs: everything else that cc_library takes.
    """
    headers = _LIBRARY_HEADERS if precompiled and kwargs.get("srcs") else _NO_HEADERS
    native.cc_library(
        name = name,
        copts = _COPTS + _OPTIMIZE + copts + headers.copts,
        deps = deps + headers.deps,
        include_prefix = _include_path(native.package_name()),
        **kwargs
    )

def dagrad_op(name, deps = [], **kwargs):
    """The library of a folder of ops/: all of its files but the tests.

    Args:
      name: the target's name.
      deps: what it needs beside what every op needs.
      **kwargs: everything else that dagrad_library takes.
    """
    dagrad_library(
        name = name,
        srcs = native.glob(["*.cc"], exclude = ["*_test.cc"]),
        hdrs = native.glob(["*.h"], allow_empty = False),
        deps = [
            "//graph",
            "//ops:samples",
            "//runtime:kernel",
        ] + deps,
        **kwargs
    )

def dagrad_simd_library(name, deps = [], **kwargs):
    """Loops that Highway compiles for several instruction sets, of which the best that the processor has is taken at run time.

    No contraction: an element's bits must not depend on which copy of a loop it meets.

    Args:
      name: the target's name.
      deps: what it needs beside Highway.
      **kwargs: everything else that dagrad_library takes.
    """
    dagrad_library(
        name = name,
        copts = ["-ffp-contract=off"],
        deps = deps + ["@com_google_highway//:hwy"],
        precompiled = False,
        **kwargs
    )

def dagrad_binary(name, copts = [], deps = [], **kwargs):
    """A cc_binary with dagrad's compiler options.

    Args:
      name: the target's name.
      copts: compiler options beside dagrad's own.
      deps: what it needs.
      **kwargs: everything else that cc_binary takes.
    """
    native.cc_binary(
        name = name,
        copts = _COPTS + _OPTIMIZE + copts + _LIBRARY_HEADERS.copts,
        deps = deps + _LIBRARY_HEADERS.deps,
        **kwargs
    )

def dagrad_test(name, deps = [], size = "small", copts = [], linkstatic = True, **kwargs):
    """A GoogleTest program; main() and the test library need not be in deps.

    Tests that exercise threads carry tags = ["concurrent"]: tools/sanitize
    runs those under the thread sanitizer.

    Args:
      name: the target's name.
      deps: the libraries under test.
      size: Bazel's test size, which sets the time limit.
      copts: compiler options beside dagrad's own.
      linkstatic: False links dagrad's libraries as shared ones.
      **kwargs: everything else that cc_test takes.
    """
    native.cc_test(
        name = name,
        size = size,
        copts = _COPTS + _OPTIMIZE_TESTS + copts + _TEST_HEADERS.copts,
        linkstatic = linkstatic,
        deps = deps + ["@com_google_googletest//:gtest_main"] + _TEST_HEADERS.deps,
        **kwargs
    )

def dagrad_proto_library(name, srcs, deps = [], **kwargs):
    """Protocol buffers and their C++ classes.

    In C++ the target to depend on is `name`, the header is
    "dagrad/<folder>/<file>.pb.h". A .proto file imports another one as
    "dagrad/<folder>/<file>.proto".

    Args:
      name: the C++ target's name; it ends in "_proto". The proto_library is
        called `name` + "_files".
      srcs: the .proto files.
      deps: names of other dagrad_proto_library targets.
      **kwargs: what every rule takes (visibility, testonly, tags, ...), for
        both targets.
    """
    if not name.endswith("_proto"):
        fail("%s: the name of a dagrad_proto_library ends in _proto" % name)
    native.proto_library(
        name = name + "_files",
        srcs = srcs,
        deps = [dep + "_files" for dep in deps],
        import_prefix = "dagrad",
        strip_import_prefix = "/",
        **kwargs
    )
    native.cc_proto_library(
        name = name,
        deps = [":" + name + "_files"],
        **kwargs
    )

def dagrad_precompiled_header(name, deps, optimize = "library", **kwargs):
    """A header that GCC compiles once and reads as it then is in every file that has it first.

    GCC takes the header "once/<name>.h.gch" that lies beside the header "once/<name>.h" where the
    file's options allow it, and else that one.

    Args:
      name: the header's name, without ".h".
      deps: what the header includes.
      optimize: "library" or "test", whose files it is for.
      **kwargs: what every rule takes (visibility, testonly, tags, ...).
    """
    header = name + ".h"
    native.genrule(
        name = name + "_source",
        srcs = [header],
        outs = [name + "_once.cc"],
        cmd = "cp $< $@",
        **kwargs
    )
    native.cc_library(
        name = name + "_object",
        srcs = [name + "_once.cc"],
        copts = _COPTS + (_OPTIMIZE_TESTS if optimize == "test" else _OPTIMIZE) + ["-x", "c++-header"],
        linkstatic = True,
        deps = deps,
        **kwargs
    )
    native.filegroup(
        name = name + "_objects",
        srcs = [name + "_object"],
        output_group = "compilation_outputs",
        **kwargs
    )
    native.genrule(
        name = name + "_once",
        srcs = [header, name + "_objects"],
        outs = ["once/" + header, "once/" + header + ".gch"],
        cmd = "cp $(location %s) $(@D)/once/ && set -- $(locations %s_objects) && cp $$1 $(@D)/once/%s.gch" % (header, name, header),
        **kwargs
    )
    native.cc_library(
        name = name,
        hdrs = ["once/" + header],
        textual_hdrs = ["once/" + header + ".gch"],
        deps = deps,
        **kwargs
    )
