// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import java.time.Instant;

/** A timer in the state; when due, {@link Input.Rang} is written to the inbox of the key. */
public record Timer(String id, Instant due) {}
