// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.runtime.kafka.KafkaSetupException;
import io.drover.schemas.Actor;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.AuditEntry.Act;
import io.drover.schemas.Brain;
import io.drover.schemas.Message;
import io.drover.schemas.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a command and waits for the first fact that it caused, so that a person hears yes or no.
 * The audit has a line before the command is sent, and one when it was answered.
 */
public final class Answers {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private final Commands commands;
  private final Herd herd;
  private final Audit audit;
  private final String instance;
  private final Map<String, CompletableFuture<FactRow>> waiting = new ConcurrentHashMap<>();

  /**
   * @param instance name of this process in the audit
   */
  public Answers(Commands commands, Herd herd, Audit audit, String instance) {
    this.commands = commands;
    this.herd = herd;
    this.audit = audit;
    this.instance = instance;
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
   * @throws Refusal if the audit or the inbox cannot be written
   * @return the facts seen so far: empty means that the command is taken in and changed nothing yet
   */
  public List<FactRow> ask(Brain brain, String key, Message command, Actor by, Duration patience)
      throws InterruptedException {
    var order = Order.of(brain, key, command, by);
    asked(order);
    String at;
    try {
      at = commands.send(brain, key, command, by);
    } catch (KafkaSetupException e) {
      String why = String.valueOf(e.getMessage());
      noted(line(order, Act.FAILED, null, List.of(), why));
      throw new Refusal(503, why);
    }
    List<FactRow> facts = answer(at, patience);
    FactRow no = facts.stream().filter(FactRow::refusal).findFirst().orElse(null);
    Act act = no != null ? Act.REFUSED : facts.isEmpty() ? Act.TAKEN : Act.ANSWERED;
    noted(line(order, act, at, facts, no == null ? null : no.refusalText()));
    return facts;
  }

  /**
   * Lets a key out of quarantine; the facts that follow are not waited for.
   *
   * @throws Refusal if the audit or the inbox cannot be written
   */
  public void release(Brain brain, String key, boolean skip, Actor by) throws InterruptedException {
    var order = new Order(brain, key, skip ? "SkipQuarantined" : "RetryQuarantined", "{}", by);
    asked(order);
    try {
      commands.release(brain, key, skip, by);
    } catch (KafkaSetupException e) {
      String why = String.valueOf(e.getMessage());
      noted(line(order, Act.FAILED, null, List.of(), why));
      throw new Refusal(503, why);
    }
    noted(line(order, Act.TAKEN, null, List.of(), null));
  }

  private void asked(Order order) throws InterruptedException {
    try {
      audit.write(line(order, Act.ASKED, null, List.of(), null));
    } catch (KafkaSetupException e) {
      throw new Refusal(503, String.valueOf(e.getMessage()));
    }
  }

  private List<FactRow> answer(String at, Duration patience) throws InterruptedException {
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

  /** What was asked for, as the audit keeps it: the command's name, and all of it as JSON. */
  private record Order(Brain brain, String key, String command, String json, Actor by) {
    static Order of(Brain brain, String key, Message command, Actor by) {
      return new Order(
          brain,
          key,
          command.getClass().getSimpleName(),
          new String(Json.write(command), StandardCharsets.UTF_8),
          by);
    }
  }

  private AuditEntry line(
      Order order, Act act, @Nullable String input, List<FactRow> facts, @Nullable String reason) {
    return new AuditEntry(
        0,
        "",
        Instant.now(),
        instance,
        order.by(),
        act,
        order.command(),
        order.brain().entity(),
        order.key(),
        order.json(),
        input,
        facts.stream().map(FactRow::type).toList(),
        reason);
  }

  /** What was done is done: a line that cannot be written after it is missed, and said so. */
  private void noted(AuditEntry line) {
    try {
      audit.write(line);
    } catch (KafkaSetupException e) {
      LOG.error(
          "The audit lacks a line actor={} command={} key={} act={}: {}",
          line.actor(),
          line.command(),
          line.key(),
          line.act(),
          e.getMessage());
    }
  }
}
