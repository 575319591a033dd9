// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;

/**
 * The claim of a partition, the first record an owner commits. Its offset in the facts topic is the
 * fencing {@link Token}.
 *
 * @param instance name of the claiming process
 */
public record Owned(Brain brain, int partition, String instance, Instant at) {}
