#ifndef DAGRAD_DAGRAD_H_
#define DAGRAD_DAGRAD_H_

// Graphs in one header: building, every op, gradients, optimizers, running, files. The Keras that
// stands on them has its own, dagrad/keras/keras.h.
#include "dagrad/autodiff/checkpoint.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/autodiff/jvp.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/npz.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/ops/ops.h"
#include "dagrad/ops/table.h"
#include "dagrad/optimizers/optimizer.h"
#include "dagrad/optimizers/schedules.h"
#include "dagrad/runtime/run/executable.h"

#endif  // DAGRAD_DAGRAD_H_
