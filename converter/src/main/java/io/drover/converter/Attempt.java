// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.engine.Order;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.schemas.EffectId;
import io.drover.schemas.Token;

/**
 * One try at an effect, as the ports see it.
 *
 * @param id goes into the annotations of what is made
 * @param token of the owner; an older owner's work is never trusted
 * @param stop looked at between calls
 * @param progress subject = disk device key
 */
public record Attempt(EffectId id, Token token, StopSignal stop, Progress progress) {
  static Attempt of(Order<?> order) {
    return new Attempt(order.id(), order.token(), order.stop(), order.progress());
  }
}
