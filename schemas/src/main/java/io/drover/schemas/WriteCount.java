// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/**
 * A reading of the counter of what a target wrote, kept so that the next one can tell whether
 * anything was written in between that no reading showed.
 *
 * @param instance uid of the instance that counts; every instance begins at zero
 * @param bytes what it had counted
 * @param whole whether this is all that was written since the target first started: the first
 *     instance still runs, and its counter never went back
 */
public record WriteCount(String instance, long bytes, boolean whole) {}
