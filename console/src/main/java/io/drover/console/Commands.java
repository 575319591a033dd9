// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Message;

/** Where commands go: the inbox of a brain. */
public interface Commands {
  /**
   * Writes a command; returns once the inbox holds it.
   *
   * @return where it is, {@code topic-partition-offset}: the {@code causationid} of every fact it
   *     causes
   */
  String send(Brain brain, String key, Message command, Actor by) throws InterruptedException;

  /**
   * Lets a key out of quarantine: its inputs are decided again, from the poison on.
   *
   * @param skip whether the input that poisoned the key is left out
   */
  void release(Brain brain, String key, boolean skip, Actor by) throws InterruptedException;
}
