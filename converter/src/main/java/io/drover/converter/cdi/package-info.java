// SPDX-License-Identifier: Apache-2.0
/** Target volumes as CDI DataVolumes, written through CDI, read back by Jobs of ours. */
@NullMarked
package io.drover.converter.cdi;

import org.jspecify.annotations.NullMarked;
