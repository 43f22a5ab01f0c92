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
] + WARNINGS + select({
    "//:optimized": ["-O3"],
    "//conditions:default": [],
})

def _include_path(package):
    return "dagrad/" + package if package else "dagrad"

def dagrad_library(name, copts = [], **kwargs):
    """A cc_library whose headers are included as "dagrad/<folder>/<file>.h".

    Args:
      name: the target's name.
      copts: compiler options beside dagrad's own.
      **kwargs: everything else that cc_library takes.
    """
    native.cc_library(
        name = name,
        copts = _COPTS + copts,
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
        **kwargs
    )

def dagrad_binary(name, copts = [], **kwargs):
    """A cc_binary with dagrad's compiler options.

    Args:
      name: the target's name.
      copts: compiler options beside dagrad's own.
      **kwargs: everything else that cc_binary takes.
    """
    native.cc_binary(
        name = name,
        copts = _COPTS + copts,
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
        copts = _COPTS + copts,
        linkstatic = linkstatic,
        deps = deps + ["@com_google_googletest//:gtest_main"],
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
