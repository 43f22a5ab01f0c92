"""What the compiler says of programs, as files."""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _compiler_messages_impl(ctx):
    compiler = find_cpp_toolchain(ctx)
    context = ctx.attr.library[CcInfo].compilation_context
    flags = ["-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never"]
    for option, paths in [
        ("-I", context.includes),
        ("-iquote", context.quote_includes),
        ("-isystem", context.system_includes),
    ]:
        for path in paths.to_list():
            flags += [option, path]
    outputs = []
    for program in ctx.files.programs:
        output = ctx.actions.declare_file(program.basename[:-len(".cc")] + ".messages")
        outputs.append(output)
        ctx.actions.run_shell(
            inputs = depset(
                [program],
                transitive = [context.headers, compiler.all_files],
            ),
            outputs = [output],
            # The first line is the compiler's exit status.
            command = 'out=$1; shift; messages=$("$@" 2>&1); printf "%s\\n%s\\n" $? "$messages" >"$out"',
            arguments = [output.path, compiler.compiler_executable] + flags + [program.path],
            env = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
            mnemonic = "CompilerMessages",
        )
    return [DefaultInfo(
        files = depset(outputs),
        runfiles = ctx.runfiles(files = outputs),
    )]

compiler_messages = rule(
    implementation = _compiler_messages_impl,
    doc = "Has the compiler look at each program, which may be wrong, and keeps its exit status and messages.",
    attrs = {
        "library": attr.label(
            doc = "what the programs include",
            mandatory = True,
            providers = [CcInfo],
        ),
        "programs": attr.label_list(
            doc = ".cc files",
            allow_files = [".cc"],
            mandatory = True,
        ),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    fragments = ["cpp"],
)
