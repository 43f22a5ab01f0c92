#!/usr/bin/env python3
"""Compares what dagrad writes as ONNX with ONNX Runtime.

    bazel run -c opt //tests/onnx:export_cases -- /tmp/cases
    bazel run -c opt //tests/onnx:export_models -- /tmp/cases [a saved model]...
    tests/onnx/check_export.py /tmp/cases

Every model passes onnx.checker (full_check), and ONNX Runtime gives dagrad's outputs, |y - expected| <=
tolerance * max(1, the largest finite |expected| of the output); 20 steps of train_step give dagrad's losses. A
case that ONNX Runtime has no kernel for, or in which it is known to be otherwise, is counted apart.
Needs the packages onnx and onnxruntime, and the locale en_US.UTF-8 (tools/setup --oracles).
"""

import argparse
import collections
import multiprocessing
import pathlib
import sys

import numpy
import onnx
import onnx.numpy_helper
import onnxruntime

# bfloat16 has no arrays of numpy's that ONNX Runtime takes.
NO_KERNEL = (
    "NOT_IMPLEMENTED",
    "Could not find an implementation",
    "is not supported",
    "not yet supported",
    "INVALID_GRAPH : This is an invalid model. Type Error",
    "Numpy_type 256",
    "Numpy type for Tensor Type. bfloat16",
)
STEPS_TOLERANCE = 1e-4
# What ONNX Runtime 1.32 does otherwise, by the beginning of a case's name.
OTHERWISE = {
    "Gather_string": "copies the first string of each row only",
    "GruGrad_no_time": "its Scan refuses sequences of no steps",
    "LogSoftmax_non_finite": "NaN where an element is infinite",
    "LstmGrad_masked_no_time": "its Scan refuses sequences of no steps",
    "LstmGrad_no_time": "its Scan refuses sequences of no steps",
    "Pow_int": "integers beyond the largest saturate; here they wrap around",
    "ReduceProd_": "integers beyond the largest saturate; here they wrap around",
    "RoiAlignGrad_reversed_float": "refuses a region whose second corner is not behind the first in one axis alone",
    "Scan_no_steps": "its Scan refuses sequences of no steps",
    "Softsign_edges": "NaN at infinity",
    "StringSplitCount_fields": "gives no part of an empty string",
    "StringSplitCount_words": "takes spaces alone for white space",
    "StringSplit_two_words": "takes spaces from the end of the rest",
    "StringSplit_words": "takes spaces alone for white space",
    "Unique_as_they_appear": "takes NaN for equal to its neighbour",
    "Unique_column": "takes NaN for equal to its neighbour",
    "Unique_no_columns": "aborts",
}


def tensors(folder, kind):
    """The tensors of files <kind>_0.pb, …, by name."""
    result = {}
    for i in range(len(list(folder.glob(kind + "_*.pb")))):
        tensor = onnx.load_tensor(str(folder / f"{kind}_{i}.pb"))
        result[tensor.name] = tensor
    return result


def array(tensor):
    return onnx.numpy_helper.to_array(tensor)


def is_close(actual, expected, tolerance):
    if actual.dtype != expected.dtype or actual.shape != expected.shape:
        return False
    if not numpy.issubdtype(actual.dtype, numpy.floating):
        return numpy.array_equal(actual, expected)
    with numpy.errstate(all="ignore"):
        largest = numpy.max(numpy.abs(expected), where=numpy.isfinite(expected), initial=1)
        near = numpy.abs(actual - expected) <= tolerance * largest
    return bool(numpy.all(near | (actual == expected) | (numpy.isnan(actual) & numpy.isnan(expected))))


def session(model):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])


def outcome(run):
    """"passed", "no kernel" or what went wrong."""
    try:
        return run()
    except Exception as error:  # of the runtime's own kinds
        text = str(error)
        return "no kernel" if any(k in text for k in NO_KERNEL) else text.replace("\n", " ")


def check_case(folder, tolerance):
    model = onnx.load(str(folder / "model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    data = folder / "test_data_set_0"

    def run():
        feeds = {name: array(t) for name, t in tensors(data, "input").items()}
        s = session(model)
        names = [output.name for output in s.get_outputs()]
        expected = tensors(data, "output")
        known = {i.name for i in s.get_inputs()}
        results = dict(zip(names, s.run(names, {k: v for k, v in feeds.items() if k in known})))
        for name, tensor in expected.items():
            if not is_close(results[name], array(tensor), tolerance):
                return f"output {name}: {str(results[name])[:200]} expected {str(array(tensor))[:200]}"
        return "passed"

    return outcome(run)


def check_training(folder):
    model = onnx.load(str(folder / "model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    s = session(model)
    feeds = {name: array(t) for name, t in tensors(folder / "test_data_set_0", "input").items()}
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    names = [output.name for output in s.get_outputs()]
    prefix = "dagrad.update."
    expected = array(onnx.load_tensor(str(folder / "losses.pb")))
    losses = []
    for _ in expected:
        results = dict(zip(names, s.run(names, feeds)))
        losses.append(results["loss"])
        for name in names:
            if prefix + name in metadata:
                feeds[metadata[prefix + name]] = results[name]
    worst = max(abs(float(a) - float(e)) / max(1, abs(float(e))) for a, e in zip(losses, expected))
    print(f"  {folder.name}: {len(losses)} steps, losses {expected[0]:.6f} to {expected[-1]:.6f}, worst difference {worst:.2e}")
    return "passed" if worst <= STEPS_TOLERANCE else f"differs by {worst}"


def isolated(check, folder):
    """check(folder) in a process of its own: ONNX Runtime may abort."""
    ours, theirs = multiprocessing.Pipe(duplex=False)

    def work():
        try:
            theirs.send(check(folder))
        except Exception as error:
            theirs.send("checker: " + str(error).replace("\n", " "))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        return "ONNX Runtime aborted"
    finally:
        process.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    parser.add_argument("--only", default="", help="cases with this text in their name")
    args = parser.parse_args()
    failed = False
    for kind, check in (("ops", lambda f: check_case(f, args.tolerance)),
                        ("models", lambda f: check_case(f, args.tolerance)),
                        ("training", check_training)):
        counts = collections.Counter()
        for folder in sorted((args.dir / kind).glob("*")):
            if args.only not in folder.name:
                continue
            result = isolated(check, folder)
            if result not in ("passed", "no kernel") and folder.name.startswith(tuple(OTHERWISE)):
                result = "otherwise"
            counts[result if result in ("passed", "no kernel", "otherwise") else "failed"] += 1
            if result not in ("passed", "no kernel", "otherwise"):
                failed = True
                print(f"{folder.name}: {result[:500]}")
        print(f"{kind}: {dict(counts)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
