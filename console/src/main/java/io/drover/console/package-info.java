// SPDX-License-Identifier: Apache-2.0
/** The window: read models, REST, server-sent events, the web page. Commands enter here. */
@NullMarked
package io.drover.console;

import org.jspecify.annotations.NullMarked;
