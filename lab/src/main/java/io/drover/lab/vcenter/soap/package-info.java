// SPDX-License-Identifier: Apache-2.0
/** The services of the vSphere API: sessions, property collector, views, methods. */
@NullMarked
package io.drover.lab.vcenter.soap;

import org.jspecify.annotations.NullMarked;
