#ifndef DAGRAD_KERAS_KERAS_H_
#define DAGRAD_KERAS_KERAS_H_

// All of dagrad's Keras in one header.
#include "dagrad/keras/layers/layers.h"
#include "dagrad/keras/losses.h"
#include "dagrad/keras/metrics.h"
#include "dagrad/keras/model.h"
#include "dagrad/keras/optimizers.h"

#endif  // DAGRAD_KERAS_KERAS_H_
