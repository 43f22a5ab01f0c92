"""Linker options of installed libraries, as pkg-config gives them."""

def _pkg_config_linkopts_impl(repository_ctx):
    pkg_config = repository_ctx.which("pkg-config")
    if not pkg_config:
        fail("pkg-config is not installed; tools/setup installs it.")
    result = repository_ctx.execute([pkg_config, "--libs"] + repository_ctx.attr.modules)
    if result.return_code:
        fail("pkg-config does not find a library; tools/setup installs it.\n" + result.stderr)
    flags = [flag for flag in result.stdout.split(" ") if flag.strip()]

    # Only the libraries that the code refers to end up in the binary.
    linkopts = ["-Wl,--push-state,--as-needed"] + [flag.strip() for flag in flags] + ["-Wl,--pop-state"]
    repository_ctx.file("BUILD", "")
    repository_ctx.file("linkopts.bzl", "LINKOPTS = " + repr(linkopts) + "\n")

pkg_config_linkopts = repository_rule(
    implementation = _pkg_config_linkopts_impl,
    doc = """Makes linkopts.bzl, whose LINKOPTS link the given modules.

The names of Abseil's libraries differ between its releases, so they are asked
for instead of being written down.""",
    attrs = {
        "modules": attr.string_list(
            mandatory = True,
            doc = "pkg-config's names of the libraries.",
        ),
    },
    configure = True,
    local = True,
)
