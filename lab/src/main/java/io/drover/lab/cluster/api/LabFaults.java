// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What goes wrong with the lab API server, on demand: rules that match requests by verb and path
 * and spoil the next so many of them. Rules come from tests, or over HTTP at {@code /lab/faults}
 * (GET, POST, DELETE; admins only).
 */
public final class LabFaults {
  private final List<Rule> rules = new CopyOnWriteArrayList<>();

  /** How a request is spoiled. */
  public enum Effect {
    /** Answers late, by the rule's delay, and otherwise well. */
    LATENCY,
    /**
     * Answers with the rule's HTTP code and a Status, and does nothing. 429 carries Retry-After.
     */
    REFUSE,
    /** Closes the connection before it does anything. */
    DROP,
    /** Does what was asked, then closes the connection without an answer. */
    LOSE_ANSWER,
    /** Begins a watch, and breaks it off after the rule's delay. */
    CUT_WATCH,
    /** Answers a watch with an ERROR event 410 Gone. */
    EXPIRE_WATCH
  }

  /**
   * One fault.
   *
   * @param effect what happens
   * @param method the HTTP method, or WATCH, or "*"
   * @param path a regular expression that the whole path must match
   * @param code the HTTP code of REFUSE
   * @param delay how long LATENCY waits, after how long CUT_WATCH cuts, or the Retry-After of a 429
   * @param times how many requests it spoils before it is spent
   */
  public record Fault(
      Effect effect, String method, String path, int code, Duration delay, int times) {
    /** Refuses the next requests with a code. */
    public static Fault refuse(String method, String path, int code, int times) {
      return new Fault(Effect.REFUSE, method, path, code, Duration.ofSeconds(1), times);
    }

    /** Does the next requests, but loses the answers. */
    public static Fault loseAnswer(String method, String path, int times) {
      return new Fault(Effect.LOSE_ANSWER, method, path, 0, Duration.ZERO, times);
    }

    /** Answers the next requests late. */
    public static Fault latency(String method, String path, Duration delay, int times) {
      return new Fault(Effect.LATENCY, method, path, 0, delay, times);
    }

    ApiFailure failure() {
      return switch (code) {
        case 429 -> ApiFailure.tooManyRequests((int) Math.max(1, delay.toSeconds()));
        case 409 ->
            ApiFailure.of(
                409,
                "Conflict",
                "the object has been modified; please apply your changes to the latest version and try again");
        case 500 -> ApiFailure.internal("a fault of the lab");
        case 503 ->
            ApiFailure.of(
                503, "ServiceUnavailable", "the server is currently unable to handle the request");
        case 504 ->
            ApiFailure.of(
                504, "Timeout", "the server was unable to return a response in the time allotted");
        default -> ApiFailure.of(code, "", "a fault of the lab");
      };
    }
  }

  private record Rule(Fault fault, Pattern path, AtomicInteger left, CountDownLatch spent) {}

  /** A fault that was ordered. */
  public static final class Order {
    private final LabFaults faults;
    private final Rule rule;

    private Order(LabFaults faults, Rule rule) {
      this.faults = faults;
      this.rule = rule;
    }

    /** How many requests it will still spoil. */
    public int left() {
      return rule.left().get();
    }

    /** Waits until the last request was spoiled; false when that did not happen in time. */
    public boolean awaitSpent(Duration atMost) throws InterruptedException {
      return rule.spent().await(atMost.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    }

    /** Takes the fault back. */
    public void cancel() {
      faults.rules.remove(rule);
    }
  }

  /**
   * Orders a fault.
   *
   * @throws IllegalArgumentException when its path is no regular expression, or it would never
   *     happen
   */
  public Order add(Fault fault) {
    if (fault.times() < 1) {
      throw new IllegalArgumentException(
          "A fault spoils at least one request, but times is " + fault.times() + ".");
    }
    Pattern path;
    try {
      path = Pattern.compile(fault.path());
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "The path of a fault is a regular expression, but this is none: " + fault.path(), e);
    }
    Rule rule = new Rule(fault, path, new AtomicInteger(fault.times()), new CountDownLatch(1));
    rules.add(rule);
    return new Order(this, rule);
  }

  /** Ends all faults. */
  public void clear() {
    rules.clear();
  }

  /**
   * The fault that spoils a request, if any; it counts as used. {@code method} is WATCH for a
   * watch.
   */
  Optional<Fault> next(String method, String path) {
    for (Rule rule : rules) {
      Fault fault = rule.fault();
      if ((fault.method().equals("*") || fault.method().equalsIgnoreCase(method))
          && rule.path().matcher(path).matches()) {
        int left = rule.left().decrementAndGet();
        if (left == 0) {
          rules.remove(rule);
          rule.spent().countDown();
        }
        if (left >= 0) {
          return Optional.of(fault);
        }
      }
    }
    return Optional.empty();
  }

  /** The control endpoint. */
  ObjectNode control(ApiCall call) {
    switch (call.method()) {
      case "POST" -> {
        ObjectNode sent = Json.parse(call.body(), false);
        try {
          add(
              new Fault(
                  Effect.valueOf(sent.path("effect").asText()),
                  sent.path("method").asText("*"),
                  sent.path("path").asText(".*"),
                  sent.path("code").asInt(503),
                  Duration.ofMillis(sent.path("delayMillis").asLong(0)),
                  sent.path("times").asInt(1)));
        } catch (IllegalArgumentException e) {
          throw ApiFailure.badRequest(
              "a fault has effect (one of "
                  + List.of(Effect.values())
                  + "), method, path, code, delayMillis, times: "
                  + e.getMessage());
        }
      }
      case "DELETE" -> clear();
      case "GET" -> {}
      default -> throw ApiFailure.methodNotAllowed();
    }
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("faults");
    for (Rule rule : rules) {
      Fault fault = rule.fault();
      list.addObject()
          .put("effect", fault.effect().name())
          .put("method", fault.method())
          .put("path", fault.path())
          .put("code", fault.code())
          .put("delayMillis", fault.delay().toMillis())
          .put("left", rule.left().get());
    }
    return answer;
  }
}
