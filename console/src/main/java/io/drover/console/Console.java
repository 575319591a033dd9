// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.Actor;
import io.drover.schemas.wire.Json;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.StaticHandler;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server of the console: access, headers, errors, and the routes of the others. */
public final class Console implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Console.class);
  private static final String ACTOR = "actor";
  private static final long MOST_BODY_BYTES = 4 << 20;

  private final HttpServer server;
  private final String scheme;
  private final String host;
  private final Router router;

  private Console(HttpServer server, String scheme, String host, Router router) {
    this.server = server;
    this.scheme = scheme;
    this.host = host;
    this.router = router;
  }

  /**
   * How far the process is.
   *
   * @param caughtUp whether the read model holds all that was there at the start
   * @param ready whether the brains of this process have taken over what they were given
   * @param trouble why what is shown may be old, with the remedy; null while it is not
   */
  public record Condition(
      BooleanSupplier caughtUp, BooleanSupplier ready, Supplier<@Nullable String> trouble) {

    /** Why the process is not ready, or null. */
    @Nullable String lack() {
      String why = trouble.get();
      if (why != null) {
        return why;
      }
      if (!caughtUp.getAsBoolean()) {
        return CATCHING_UP;
      }
      return ready.getAsBoolean()
          ? null
          : "Not every service of this process has taken over its part yet; /readyz of health.port"
              + " says which.";
    }
  }

  /**
   * What is shown.
   *
   * @param herd folded from the topics
   * @param plans works out the rest of a plan
   */
  public record Model(Herd herd, PlanDocuments plans) {}

  /**
   * Opens the window.
   *
   * @param condition how far the process is; until the read model has caught up, the API answers
   *     503
   */
  public static Console start(
      Vertx vertx,
      ConsoleSettings settings,
      Access access,
      Model model,
      Answers answers,
      Condition condition)
      throws Exception {
    return start(vertx, settings, access, model, answers, condition, "drover/web");
  }

  /**
   * The same.
   *
   * @param page where the page is on the class path, if it was built
   */
  static Console start(
      Vertx vertx,
      ConsoleSettings settings,
      Access access,
      Model model,
      Answers answers,
      Condition condition,
      String page)
      throws Exception {
    Herd herd = model.herd();
    JsonNode document = OpenApi.document();
    Router router = Router.router(vertx);
    router.route().failureHandler(Console::failed);
    router.route().handler(Console::headers);
    if (ConsoleSettings.loopback(settings.host())) {
      router.route().handler(Console::onlyLocalNames);
    }
    router.get("/livez").handler(context -> sendText(context, 200, "text/plain", "ok\n"));
    router
        .get("/readyz")
        .handler(context -> {
          String lack = condition.lack();
          sendText(
              context, lack == null ? 200 : 503, "text/plain", lack == null ? "ok\n" : lack + "\n");
        });
    router.get("/api/v1/openapi.json").handler(context -> send(context, 200, document));
    router.post("/api/v1/session").handler(BodyHandler.create(false).setBodyLimit(4096));
    router.post("/api/v1/session").handler(context -> session(context, access, settings));
    router.route("/api/*").handler(context -> who(context, access));
    router
        .get("/api/v1/session")
        .handler(context -> send(context, 200, Map.of("actor", actor(context).name())));
    router.route("/api/*").handler(context -> fresh(context, condition));
    router.route("/api/*").handler(BodyHandler.create(false).setBodyLimit(MOST_BODY_BYTES));
    var stream = new EventStream(vertx, herd, condition.trouble());
    router.get("/api/v1/stream").handler(stream::serve);
    new ReadRoutes(herd, stream).addTo(router);
    new PlanDocumentRoutes(herd, model.plans()).addTo(router);
    new PlanRoutes(answers, herd, settings.defaults()).addTo(router);
    new JourneyRoutes(answers, herd).addTo(router);
    new LimitsRoutes(answers, herd).addTo(router);
    new QuarantineRoutes(answers, herd).addTo(router);
    router
        .route("/api/*")
        .handler(context -> {
          throw new Refusal(
              404,
              "There is no "
                  + context.request().method()
                  + " "
                  + context.request().path()
                  + "; see /api/v1/openapi.json");
        });
    router.route().handler(StaticHandler.create(page).setCachingEnabled(false));
    router.get("/").handler(context -> sendText(context, 200, "text/plain", NO_PAGE));
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(settings.host())
            .setPort(settings.port())
            .setCompressionSupported(false);
    boolean tls = settings.certificate() != null && settings.key() != null;
    if (settings.certificate() != null && settings.key() != null) {
      options
          .setSsl(true)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .setCertPath(settings.certificate().toString())
                  .setKeyPath(settings.key().toString()));
    }
    HttpServer server =
        vertx
            .createHttpServer(options)
            .requestHandler(router)
            .listen()
            .toCompletionStage()
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    return new Console(server, tls ? "https" : "http", settings.host(), router);
  }

  private static final String NO_PAGE =
      "The web page was not built: it needs Node 20 or newer. Install it, and build again: mvn"
          + " package\n"
          + "The API is here: /api/v1/openapi.json\n";

  private static final String CATCHING_UP =
      "The console still reads what happened before it was started; try again soon.";

  /** Header of an answer that may be old: since when, and what to do about it. */
  private static final String TROUBLE = "drover-trouble";

  /** Where it listens, without a slash at the end. */
  public String url() {
    String name = host.indexOf(':') < 0 || host.startsWith("[") ? host : "[" + host + "]";
    return scheme + "://" + name + ":" + server.actualPort();
  }

  /** What is served below {@code /api/v1}, as method and path with {@code :parameters}. */
  Set<String> routes() {
    var served = new TreeSet<String>();
    for (Route route : router.getRoutes()) {
      String path = route.getPath();
      if (path != null && path.startsWith("/api/v1/") && route.methods() != null) {
        route.methods().forEach(method -> served.add(method + " " + path));
      }
    }
    return served;
  }

  @Override
  public void close() throws Exception {
    server.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static void headers(RoutingContext context) {
    context
        .response()
        .putHeader("x-content-type-options", "nosniff")
        .putHeader("referrer-policy", "no-referrer")
        .putHeader("cache-control", "no-store")
        .putHeader(
            "content-security-policy",
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src"
                + " 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
    context.next();
  }

  /** A page of another site must not reach us by a name that it makes point here. */
  private static void onlyLocalNames(RoutingContext context) {
    var authority = context.request().authority();
    if (authority == null || !ConsoleSettings.loopback(authority.host())) {
      throw new Refusal(421, "This console is local: open it by http://127.0.0.1");
    }
    context.next();
  }

  /**
   * Half of what there is would look like all of it, so it is not shown. What is whole but may be
   * old is shown and said to be; a command that could only wait in vain is not begun.
   */
  private static void fresh(RoutingContext context, Condition condition) {
    String trouble = condition.trouble().get();
    boolean whole = condition.caughtUp().getAsBoolean();
    if (!whole || (trouble != null && writes(context))) {
      context.response().putHeader("retry-after", "2");
      throw new Refusal(503, trouble == null ? CATCHING_UP : trouble);
    }
    if (trouble != null) {
      context.response().putHeader(TROUBLE, trouble);
    }
    context.next();
  }

  private static boolean writes(RoutingContext context) {
    return context.request().method() != HttpMethod.GET;
  }

  /** Cookies know no ports, so that each console of a machine has a name of its own for its. */
  private static String cookie(RoutingContext context) {
    return "drover_token_" + context.request().localAddress().port();
  }

  private static void who(RoutingContext context, Access access) {
    String header = context.request().getHeader("authorization");
    boolean bearer = header != null && header.startsWith("Bearer ");
    Cookie cookie = context.request().getCookie(cookie(context));
    String token =
        bearer && header != null ? header.substring(7) : cookie == null ? "" : cookie.getValue();
    Actor actor =
        access
            .who(token)
            .orElseThrow(() ->
                new Refusal(
                    401,
                    "Expected a known token, but got " + (token.isEmpty() ? "none." : "another.")));
    String origin = context.request().getHeader("origin");
    if (writes(context)
        && !bearer
        && origin != null
        && !origin.endsWith("://" + context.request().getHeader("host"))) {
      throw new Refusal(403, "This request comes from another site.");
    }
    context.put(ACTOR, actor);
    context.next();
  }

  private static void session(RoutingContext context, Access access, ConsoleSettings settings) {
    String token = body(context).path("token").asText();
    Actor actor =
        access
            .who(token)
            .orElseThrow(() -> new Refusal(401, "Expected a known token, but got another."));
    context
        .response()
        .addCookie(
            Cookie.cookie(cookie(context), token)
                .setHttpOnly(true)
                .setPath("/")
                .setSecure(settings.certificate() != null)
                .setSameSite(CookieSameSite.STRICT));
    send(context, 200, Map.of("actor", actor.name()));
  }

  /** The caller. */
  static Actor actor(RoutingContext context) {
    Actor actor = context.get(ACTOR);
    if (actor == null) {
      throw new Refusal(401, "Expected a known token, but got none.");
    }
    return actor;
  }

  /** The body as JSON; an empty one is an empty object. */
  static JsonNode body(RoutingContext context) {
    Buffer buffer = context.body().buffer();
    try {
      return buffer == null || buffer.length() == 0
          ? Json.mapper().createObjectNode()
          : Json.mapper().readTree(buffer.getBytes());
    } catch (java.io.IOException e) {
      throw new Refusal(400, "Expected JSON, but the body cannot be read.");
    }
  }

  static void send(RoutingContext context, int status, Object document) {
    context
        .response()
        .setStatusCode(status)
        .putHeader("content-type", "application/json")
        .end(Buffer.buffer(Json.write(document)));
  }

  static void sendText(RoutingContext context, int status, String type, String text) {
    context
        .response()
        .setStatusCode(status)
        .putHeader("content-type", type + "; charset=utf-8")
        .end(text);
  }

  private static void failed(RoutingContext context) {
    Throwable failure = context.failure();
    if (context.response().headWritten()) {
      context.response().reset();
    } else if (failure instanceof Refusal refusal) {
      send(context, refusal.status(), new Trouble(refusal.status(), refusal.text(), Instant.now()));
    } else if (failure instanceof IllegalArgumentException wrong) {
      send(context, 400, new Trouble(400, String.valueOf(wrong.getMessage()), Instant.now()));
    } else if (failure == null) {
      int status = context.statusCode() > 0 ? context.statusCode() : 500;
      String what =
          status == 413
              ? "Expected a request of at most "
                  + (MOST_BODY_BYTES >> 20)
                  + " MiB, but this one is larger; leave out what the plan does not need."
              : "The request cannot be served.";
      send(context, status, new Trouble(status, what, Instant.now()));
    } else {
      LOG.error("Request {} failed", context.request().path(), failure);
      send(context, 500, new Trouble(500, "The console failed; its log says why.", Instant.now()));
    }
  }

  /** An error as callers read it. */
  public record Trouble(int status, String message, Instant at) {}
}
