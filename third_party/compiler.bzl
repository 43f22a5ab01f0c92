"""What the installed compiler's warnings are worth."""

# GCC's, of what the optimizer believes to see in inlined code. Each release sees other things, many
# of which are not there. Those of the releases up to this one were all looked at.
_LAST_KNOWN = 12
_BELIEVED = [
    "array-bounds",
    "dangling-pointer",
    "dangling-reference",
    "nonnull",
    "restrict",
    "stringop-overflow",
    "stringop-overread",
    "use-after-free",
]

def _compiler_warnings_impl(repository_ctx):
    compiler = repository_ctx.os.environ.get("CC", "gcc")

    # Clang does not know the option.
    result = repository_ctx.execute([compiler, "-dumpfullversion"])
    major = 0 if result.return_code else int(result.stdout.split(".")[0])
    options = ["-Wno-error=" + name for name in _BELIEVED] if major > _LAST_KNOWN else []
    repository_ctx.file("BUILD", "")
    repository_ctx.file("warnings.bzl", "WARNINGS = " + repr(options) + "\n")

compiler_warnings = repository_rule(
    implementation = _compiler_warnings_impl,
    doc = """Makes warnings.bzl, whose WARNINGS are options by which the compiler shows some warnings
without stopping the build.""",
    environ = ["CC"],
    configure = True,
    local = True,
)
