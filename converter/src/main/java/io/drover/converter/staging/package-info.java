// SPDX-License-Identifier: Apache-2.0
/** Images on their way to CDI: kept in a folder, served over HTTP by the JDK's own server. */
@NullMarked
package io.drover.converter.staging;

import org.jspecify.annotations.NullMarked;
