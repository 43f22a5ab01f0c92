"""The repositories that dagrad is built from, all of them on the local disk."""

load("//third_party:compiler.bzl", "compiler_warnings")
load("//third_party:pkg_config.bzl", "pkg_config_linkopts")

# Repository name -> its folder here.
_SYSTEM_LIBRARIES = {
    "boost_json": "boost_json",
    "com_google_absl": "abseil",
    "com_google_benchmark": "benchmark",
    "com_google_googletest": "googletest",
    "com_google_highway": "highway",
    "com_google_protobuf": "protobuf",
    "farmhash": "farmhash",
    "libdeflate": "libdeflate",
    "libjpeg_turbo": "libjpeg_turbo",
    "libpng": "libpng",
    "libsodium": "libsodium",
    "onednn": "onednn",
    "utf8proc": "utf8proc",
    "zlib": "zlib",
}

# Bazel 4 refers to these by itself, whether or not a build uses them.
_BAZEL_STUBS = {
    "remote_coverage_tools": "remote_coverage_tools",
    "rules_cc": "rules_cc",
}

# Where Debian's packages bazel-platforms, bazel-rules-java and
# bazel-rules-proto put their files.
_DEBIAN_RULES = {
    "platforms": "/usr/share/bazel/platforms",
    "rules_java": "/usr/share/bazel/rules/java",
    "rules_proto": "/usr/share/bazel/rules/proto",
}

# The modules whose headers dagrad includes; pkg-config adds what they need.
_ABSEIL_MODULES = [
    "absl_any_invocable",
    "absl_bits",
    "absl_btree",
    "absl_cleanup",
    "absl_cord",
    "absl_failure_signal_handler",
    "absl_fixed_array",
    "absl_flags",
    "absl_flags_parse",
    "absl_flags_reflection",
    "absl_flags_usage",
    "absl_flat_hash_map",
    "absl_flat_hash_set",
    "absl_hash",
    "absl_inlined_vector",
    "absl_int128",
    "absl_memory",
    "absl_node_hash_map",
    "absl_node_hash_set",
    "absl_random_bit_gen_ref",
    "absl_random_random",
    "absl_span",
    "absl_stacktrace",
    "absl_status",
    "absl_statusor",
    "absl_str_format",
    "absl_strings",
    "absl_symbolize",
    "absl_synchronization",
    "absl_time",
]

def _declare(name, path):
    if not native.existing_rule(name):
        native.local_repository(name = name, path = path)

def dagrad_bazel_rules(root = ""):
    """Declares the rule repositories that Bazel 4 asks for when it is offline.

    Args:
      root: path of dagrad's own tree, with a slash at the end, seen from the
        workspace that calls this; empty in dagrad itself.
    """
    for name, path in _DEBIAN_RULES.items():
        _declare(name, path)
    for name, folder in _BAZEL_STUBS.items():
        _declare(name, root + "third_party/" + folder)

def dagrad_system_libraries(root = ""):
    """Declares each library that the workspace has not yet declared itself.

    Args:
      root: as for dagrad_bazel_rules.
    """
    for name, folder in _SYSTEM_LIBRARIES.items():
        _declare(name, root + "third_party/" + folder)
    if not native.existing_rule("system_abseil"):
        pkg_config_linkopts(name = "system_abseil", modules = _ABSEIL_MODULES)
    if not native.existing_rule("system_compiler"):
        compiler_warnings(name = "system_compiler")
