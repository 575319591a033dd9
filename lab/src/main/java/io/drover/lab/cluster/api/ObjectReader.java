// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Answers GET: one object, or a list with selectors and pages. All pages of a list show the same
 * moment.
 */
final class ObjectReader {
  private static final int OPEN_LISTS = 64;

  private final LabStore store;
  private final Map<String, Page> open =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Page> eldest) {
          return size() > OPEN_LISTS;
        }
      };

  ObjectReader(LabStore store) {
    this.store = store;
  }

  /** What a client has not fetched yet of a list. */
  private record Page(long version, List<ObjectNode> rest) {}

  ObjectNode get(Target target) {
    ObjectNode found = store.stored(target.type(), target.namespace(), target.name());
    if (found == null) {
      throw target.notFound();
    }
    return found;
  }

  ObjectNode list(ApiCall call, Target target) {
    Selector selector =
        Selector.of(
            target.type(), call.parameter("labelSelector"), call.parameter("fieldSelector"));
    String token = call.parameter("continue");
    Page page = token.isEmpty() ? first(call, target, selector) : next(token);
    int limit = limit(call);
    int end = limit > 0 ? Math.min(limit, page.rest().size()) : page.rest().size();
    ObjectNode list = Json.object();
    list.put("kind", target.type().kind() + "List").put("apiVersion", target.type().apiVersion());
    ObjectNode metadata =
        list.putObject("metadata").put("resourceVersion", Long.toString(page.version()));
    ArrayNode items = list.putArray("items");
    page.rest().subList(0, end).forEach(items::add);
    if (end < page.rest().size()) {
      metadata.put(
          "continue", keep(new Page(page.version(), page.rest().subList(end, page.rest().size()))));
      metadata.put("remainingItemCount", page.rest().size() - end);
    }
    return list;
  }

  private Page first(ApiCall call, Target target, Selector selector) {
    return store.alone(() -> {
      Versions.notFromTheFuture(Versions.parse(call.parameter("resourceVersion")), store.version());
      return new Page(
          store.version(),
          store.stored(target.type(), target.namespace()).stream().filter(selector).toList());
    });
  }

  private synchronized Page next(String token) {
    Page page = open.get(token);
    if (page == null
        && !new String(bytes(token), StandardCharsets.UTF_8).matches("[0-9a-f-]{36}")) {
      throw ApiFailure.badRequest(
          "invalid continue token: continue key is not valid: the server did not give it out");
    }
    if (page == null) {
      throw ApiFailure.expired(
          "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue"
              + " parameter.");
    }
    return page;
  }

  private static byte[] bytes(String token) {
    try {
      return Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  private synchronized String keep(Page page) {
    String token =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));
    open.put(token, page);
    return token;
  }

  /** Forgets all begun lists, as a compaction of etcd does. */
  synchronized void forgetPages() {
    open.clear();
  }

  private static int limit(ApiCall call) {
    String limit = call.parameter("limit");
    if (limit.isEmpty()) {
      return 0;
    }
    if (!limit.matches("\\d{1,9}")) {
      throw ApiFailure.badRequest(
          "limit: Invalid value: \"" + limit + "\": must be a whole number, 0 or more");
    }
    return Integer.parseInt(limit);
  }
}
