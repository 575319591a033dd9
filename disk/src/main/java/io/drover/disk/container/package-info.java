// SPDX-License-Identifier: Apache-2.0
/** What disks travel in: OVA archives, OVF descriptors and their manifests. */
@NullMarked
package io.drover.disk.container;

import org.jspecify.annotations.NullMarked;
