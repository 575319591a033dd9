// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.drover.lab.vcenter.estate.LabTags;
import io.drover.lab.vcenter.soap.LabUser;
import io.drover.lab.vcenter.vim.Moref;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The part of vCenter's REST API that tells tags, in its two forms: /rest/com/vmware/cis wraps
 * answers in "value", /api does not. Whatever else is asked for is 404.
 */
final class LabRest implements HttpHandler {
  private static final String SESSION = "vmware-api-session-id";

  private final LabTags tags;
  private final List<LabUser> users;
  private final Set<String> sessions = ConcurrentHashMap.newKeySet();
  private final ObjectMapper json = new ObjectMapper();

  LabRest(LabTags tags, List<LabUser> users) {
    this.tags = tags;
    this.users = List.copyOf(users);
  }

  /** Ends all sessions. */
  void forgetAll() {
    sessions.clear();
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      boolean old = path.startsWith("/rest/com/vmware/cis/");
      String what =
          old
              ? path.substring("/rest/com/vmware/cis/".length())
              : path.replaceFirst("^/api/(cis/)?", "");
      if (what.equals("session")) {
        session(exchange, old);
        return;
      }
      String id = exchange.getRequestHeaders().getFirst(SESSION);
      if (id == null || !sessions.contains(id)) {
        refuse(exchange, 401, "com.vmware.vapi.std.errors.unauthenticated");
        return;
      }
      JsonNode answer;
      try {
        answer = tagging(exchange, what.replace("id:", ""));
      } catch (JsonProcessingException e) {
        refuse(exchange, 400, "com.vmware.vapi.std.errors.invalid_argument");
        return;
      }
      if (answer == null) {
        refuse(exchange, 404, "com.vmware.vapi.std.errors.not_found");
      } else {
        reply(exchange, answer, old);
      }
    }
  }

  private void session(HttpExchange exchange, boolean old) throws IOException {
    switch (exchange.getRequestMethod()) {
      case "POST" -> {
        if (!knows(exchange.getRequestHeaders().getFirst("Authorization"))) {
          refuse(exchange, 401, "com.vmware.vapi.std.errors.unauthenticated");
          return;
        }
        String id = UUID.randomUUID().toString().replace("-", "");
        sessions.add(id);
        reply(exchange, json.getNodeFactory().textNode(id), old);
      }
      case "DELETE" -> {
        String id = exchange.getRequestHeaders().getFirst(SESSION);
        if (id != null) {
          sessions.remove(id);
        }
        exchange.sendResponseHeaders(old ? 200 : 204, -1);
      }
      default -> exchange.sendResponseHeaders(405, -1);
    }
  }

  private boolean knows(@Nullable String authorization) {
    if (authorization == null || !authorization.startsWith("Basic ")) {
      return false;
    }
    byte[] sent;
    try {
      sent = Base64.getDecoder().decode(authorization.substring("Basic ".length()).strip());
    } catch (IllegalArgumentException e) {
      return false;
    }
    return users.stream()
        .anyMatch(u ->
            MessageDigest.isEqual(
                (u.name() + ":" + u.password()).getBytes(StandardCharsets.UTF_8), sent));
  }

  private @Nullable JsonNode tagging(HttpExchange exchange, String what) throws IOException {
    String[] parts = what.split("/");
    if (!parts[0].equals("tagging") || parts.length < 2) {
      return null;
    }
    String id = parts.length > 2 ? parts[2] : null;
    return switch (exchange.getRequestMethod() + " " + parts[1]) {
      case "GET tag" ->
          id == null ? ids(tags.tags().stream().map(LabTags.Tag::id).toList()) : tag(tags.tag(id));
      case "GET category" ->
          id == null
              ? ids(tags.categories().stream().map(LabTags.Category::id).toList())
              : category(tags.category(id));
      case "POST tag-association" ->
          String.valueOf(exchange.getRequestURI().getQuery())
                  .endsWith("action=list-attached-objects-on-tags")
              ? attached(exchange)
              : null;
      default -> null;
    };
  }

  private ArrayNode ids(List<String> ids) {
    ArrayNode all = json.createArrayNode();
    ids.forEach(all::add);
    return all;
  }

  private @Nullable ObjectNode tag(LabTags.@Nullable Tag tag) {
    return tag == null
        ? null
        : json.createObjectNode()
            .put("id", tag.id())
            .put("category_id", tag.category().id())
            .put("name", tag.name())
            .put("description", "");
  }

  private @Nullable ObjectNode category(LabTags.@Nullable Category category) {
    return category == null
        ? null
        : json.createObjectNode()
            .put("id", category.id())
            .put("name", category.name())
            .put("description", "")
            .put("cardinality", "MULTIPLE");
  }

  private ArrayNode attached(HttpExchange exchange) throws IOException {
    byte[] body = LabVCenter.body(exchange);
    ArrayNode all = json.createArrayNode();
    for (JsonNode id : json.readTree(body == null ? new byte[0] : body).path("tag_ids")) {
      LabTags.Tag tag = tags.tag(id.asText());
      if (tag == null) {
        continue;
      }
      ObjectNode entry = all.addObject().put("tag_id", tag.id());
      ArrayNode objects = entry.putArray("object_ids");
      for (Moref ref : tags.objects(tag)) {
        objects.addObject().put("id", ref.value()).put("type", ref.type());
      }
    }
    return all;
  }

  private void reply(HttpExchange exchange, JsonNode answer, boolean wrapped) throws IOException {
    JsonNode body = wrapped ? json.createObjectNode().set("value", answer) : answer;
    LabVCenter.send(exchange, 200, "application/json", json.writeValueAsString(body));
  }

  private void refuse(HttpExchange exchange, int status, String type) throws IOException {
    LabVCenter.send(
        exchange,
        status,
        "application/json",
        json.writeValueAsString(json.createObjectNode().put("type", type)));
  }
}
