// SPDX-License-Identifier: Apache-2.0

/** Volumes as sparse files: claims, volumes, snapshots, restores. */
@NullMarked
package io.drover.lab.cluster.control.storage;

import org.jspecify.annotations.NullMarked;
