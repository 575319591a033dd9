// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends a command and waits for the first fact that it caused, so that a person hears yes or no.
 */
public final class Answers {
  private final Commands commands;
  private final Herd herd;
  private final Map<String, CompletableFuture<FactRow>> waiting = new ConcurrentHashMap<>();

  public Answers(Commands commands, Herd herd) {
    this.commands = commands;
    this.herd = herd;
    herd.listen((kind, key, document) -> {
      if (document instanceof FactRow row && row.causation() != null) {
        CompletableFuture<FactRow> waiter = waiting.get(row.causation());
        if (waiter != null) {
          waiter.complete(row);
        }
      }
    });
  }

  /**
   * Sends, then waits at most {@code patience}.
   *
   * @return the facts seen so far: empty means that the command is taken in and changed nothing yet
   */
  public List<FactRow> ask(Brain brain, String key, Message command, Actor by, Duration patience)
      throws InterruptedException {
    String at = commands.send(brain, key, command, by);
    var waiter = new CompletableFuture<FactRow>();
    waiting.put(at, waiter);
    try {
      List<FactRow> already = herd.facts(row -> at.equals(row.causation()), 10);
      if (already.isEmpty()) {
        waiter.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      }
      return herd.facts(row -> at.equals(row.causation()), 10);
    } catch (TimeoutException e) {
      return List.of();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      waiting.remove(at);
    }
  }
}
