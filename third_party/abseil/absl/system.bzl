"""Abseil's targets over the installed library."""

def absl_targets(names):
    """Makes a target of each name; the compiler finds the headers by itself.

    Args:
      names: the targets that this package has in Abseil's own tree and that
        exist in every release that dagrad supports.
    """
    for name in names:
        native.cc_library(
            name = name,
            visibility = ["//visibility:public"],
            deps = ["//:system"],
        )
