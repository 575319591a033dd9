// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.EffectId;
import io.drover.schemas.Token;

/**
 * What a hand is given: one effect to ensure.
 *
 * @param key the key of the brain's state, for labels and logs
 * @param token fencing token of the owner; what the other system can compare goes with every call
 */
public record Order<E>(
    EffectId id, String key, Token token, E effect, StopSignal stop, Progress progress) {}
