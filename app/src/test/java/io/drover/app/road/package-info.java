// SPDX-License-Identifier: Apache-2.0
/** The whole road with no fake API of ours: what it needs beside the peers. */
@NullMarked
package io.drover.app.road;

import org.jspecify.annotations.NullMarked;
