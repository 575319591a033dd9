// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import java.time.Clock;
import java.time.temporal.ChronoUnit;

/**
 * The clock of the server, in the form in which the API writes times: RFC 3339, UTC, whole seconds.
 */
record Timestamps(Clock clock) {
  String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
