#!/usr/bin/env python3
"""Prints the files of io/goldens.h as NumPy, safetensors, gzip and pandas write them.

Needs numpy, safetensors and pandas: io/make_goldens.py > io/goldens.h
"""

import gzip
import io
import struct

import numpy as np
import pandas as pd
import safetensors.numpy


def array(name, data):
    print(f"// {len(data)} bytes")
    print(f"inline constexpr unsigned char {name}[] = {{")
    for i in range(0, len(data), 12):
        print("    " + " ".join(f"0x{b:02x}," for b in data[i:i + 12]))
    print("};\n")


def npy(value, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, value, version=version)
    return out.getvalue()


def idx(code, value, dtype):
    head = struct.pack(">BBBB", 0, 0, code, value.ndim)
    head += struct.pack(f">{value.ndim}I", *value.shape)
    return head + value.astype(dtype).tobytes()


print("// Written by io/make_goldens.py. Do not edit.")
print("#ifndef DAGRAD_IO_GOLDENS_H_\n#define DAGRAD_IO_GOLDENS_H_\n")
print(f"// NumPy {np.__version__}, safetensors {safetensors.__version__}, pandas {pd.__version__}")
print("namespace dagrad::io::goldens {\n")

matrix = np.array([[1.5, -2, 3], [4, 5, 6]])
array("kNpyFloat32", npy(matrix.astype("<f4")))
array("kNpyFloat64Fortran", npy(np.asfortranarray(matrix), (2, 0)))
array("kNpyInt64Scalar", npy(np.array(-7, "<i8"), (3, 0)))
array("kNpyInt32Vector", npy(np.array([1, -2], "<i4")))
array("kNpyUInt8Empty", npy(np.zeros((0, 3), "u1")))
array("kNpyBool3Fortran", npy(np.asfortranarray(np.array([[[True, False], [False, False]]]))))
array("kNpyText", npy(np.array([["a", "été 😀"], ["", "x"]])))
array("kNpyTextFortran", npy(np.asfortranarray(np.array([["a", "b"], ["c", "dd"]]))))
array("kNpyBytes", npy(np.array([b"ab", b"\xff", b""])))
array("kNpyBigEndian", npy(matrix.astype(">f4")))
array("kNpyComplex", npy(np.array([1j])))

array("kSafetensors", safetensors.numpy.save(
    {"w": matrix.astype("<f4"), "b": np.array([1, -2, 3], "<f8"), "step": np.array(9, "<i8"),
     "i": np.array([7], "<i4"), "u": np.array([1, 2, 3], "u1"), "mask": np.array([True, False]),
     "none": np.zeros((0, 4), "<f4")}, {"note": "a \"quoted\" ü"}))
array("kSafetensorsFloat16", safetensors.numpy.save({"half": np.array([1], "<f2")}))

pixels = np.arange(12).reshape(3, 2, 2)
array("kIdxUInt8", idx(0x08, pixels, "u1"))
array("kIdxUInt8Gzip", gzip.compress(idx(0x08, pixels, "u1"), mtime=0))
array("kIdxInt8", idx(0x09, np.array([-1, 2]), "i1"))
array("kIdxInt16", idx(0x0B, np.array([-300, 2]), ">i2"))
array("kIdxInt32", idx(0x0C, np.array([-70000, 2]), ">i4"))
array("kIdxFloat32", idx(0x0D, np.array([1.5, -2]), ">f4"))
array("kIdxFloat64", idx(0x0E, np.array([[1.5], [-2]]), ">f8"))

people = '''name,age,sex,class,fare,member
"Doe, ""Jo""",34,female,3,7.25,True
Ann,,male,1,,False
"two
lines",8,male,3,8.05,True
Zoë,21,,2,9,False
'''
frame = pd.read_csv(io.StringIO(people))
filled = pd.DataFrame({
    "age": frame["age"].fillna(frame["age"].median()),
    "fare": frame["fare"].fillna(frame["fare"].mean()),
    "sex": pd.Categorical(frame["sex"].fillna(frame["sex"].mode()[0])).codes,
    "member": frame["member"].astype(float),
})
coded = pd.concat([filled, pd.get_dummies(frame["class"], prefix="class"),
                   pd.get_dummies(frame["sex"], prefix="sex")], axis=1).astype("float64")
print("// pandas: median for age, mean for fare, the mode for sex, get_dummies for class and sex.")
print('inline constexpr char kPeopleCsv[] =')
for line in people.splitlines(keepends=True):
    text = line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    print(f'    "{text}"')
print("    ;\n")
names = ", ".join(f'"{c}"' for c in coded.columns)
print(f"inline constexpr const char* kPeopleNames[] = {{{names}}};")
print("inline constexpr double kPeopleNumbers[] = {")
for row in coded.to_numpy():
    print("    " + " ".join(f"{v!r}," for v in row.tolist()))
print("};\n")

print("}  // namespace dagrad::io::goldens\n\n#endif  // DAGRAD_IO_GOLDENS_H_")
