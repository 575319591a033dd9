// SPDX-License-Identifier: Apache-2.0

/** DataVolumes: blank, http, upload and vddk, with the upload proxy and its tokens. */
@NullMarked
package io.drover.lab.cluster.control.cdi;

import org.jspecify.annotations.NullMarked;
