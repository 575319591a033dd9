// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.ingest;

import org.jspecify.annotations.NullMarked;
