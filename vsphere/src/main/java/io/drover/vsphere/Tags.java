// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tags that people put on objects. They are not in the SOAP API; vCenter's REST API has them.
 *
 * @see <a href="https://developer.broadcom.com/xapis/vsphere-automation-api/latest/cis/tagging/">
 *     vSphere Automation API, tagging</a>
 */
public final class Tags {
  private static final String LOGIN = "/rest/com/vmware/cis/session";
  private static final String TAGGING = "/rest/com/vmware/cis/tagging/";
  private static final int TAGS_AT_ONCE = 100;

  private final VSphere vsphere;

  Tags(VSphere vsphere) {
    this.vsphere = vsphere;
  }

  /**
   * One tag.
   *
   * @param category the name of its category, such as {@code Application}
   * @param name such as {@code billing}
   */
  public record Tag(String category, String name) {
    @Override
    public String toString() {
      return category + "/" + name;
    }
  }

  /**
   * The tags of every object that has some.
   *
   * @throws VSphereFault NOT_SUPPORTED when the server has no REST API, as an ESXi host;
   *     NO_PERMISSION when the account may not log in there
   */
  public Map<Moref, List<Tag>> attached() {
    try (Rest rest = new Rest()) {
      Map<String, Tag> tags = new LinkedHashMap<>();
      Map<String, String> categories = new TreeMap<>();
      for (Object id : list(rest.get("tag"))) {
        Map<?, ?> tag = map(rest.get("tag/id:" + path(id)));
        String category = String.valueOf(tag.get("category_id"));
        if (!categories.containsKey(category)) {
          categories.put(
              category, String.valueOf(map(rest.get("category/id:" + path(category))).get("name")));
        }
        tags.put(
            String.valueOf(id),
            new Tag(categories.getOrDefault(category, ""), String.valueOf(tag.get("name"))));
      }
      Map<Moref, List<Tag>> attached = new LinkedHashMap<>();
      List<String> ids = List.copyOf(tags.keySet());
      for (int from = 0; from < ids.size(); from += TAGS_AT_ONCE) {
        attach(rest, ids.subList(from, Math.min(ids.size(), from + TAGS_AT_ONCE)), tags, attached);
      }
      return attached;
    }
  }

  private static void attach(
      Rest rest, Collection<String> ids, Map<String, Tag> tags, Map<Moref, List<Tag>> attached) {
    String asked =
        ids.stream().map(Json::quote).collect(Collectors.joining(",", "{\"tag_ids\":[", "]}"));
    Object answer = rest.post("tag-association?~action=list-attached-objects-on-tags", asked);
    for (Object each : list(answer)) {
      Tag tag = tags.get(String.valueOf(map(each).get("tag_id")));
      for (Object object : list(map(each).get("object_ids"))) {
        Moref moref =
            new Moref(
                String.valueOf(map(object).get("type")), String.valueOf(map(object).get("id")));
        if (tag != null) {
          attached.computeIfAbsent(moref, any -> new ArrayList<>()).add(tag);
        }
      }
    }
  }

  private static String path(Object id) {
    String text = String.valueOf(id);
    if (!text.matches("[A-Za-z0-9:._-]+")) {
      throw unexpected(null);
    }
    return text;
  }

  private static List<?> list(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw unexpected(null);
  }

  private static Map<?, ?> map(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw unexpected(null);
  }

  private static VSphereFault unexpected(@Nullable Throwable cause) {
    return new VSphereFault(
        VSphereFault.Kind.PROTOCOL,
        "vCenter's REST API answered about tags in an unexpected form",
        "",
        cause);
  }

  /** One session with the REST API, over one connection. */
  private final class Rest implements AutoCloseable {
    private final URI url = vsphere.endpoint().url();
    private final HttpConnection connection;
    private final String session;

    Rest() {
      VSphereEndpoint endpoint = vsphere.endpoint();
      boolean secure = "https".equals(url.getScheme());
      int port = url.getPort() < 0 ? (secure ? 443 : 80) : url.getPort();
      Socket socket =
          new TrustedSockets(
                  endpoint.trust(), endpoint.timeouts().connect(), endpoint.timeouts().read())
              .open(url.getHost(), port, secure);
      try {
        connection = new HttpConnection(new SocketWire(socket));
      } catch (IOException e) {
        TrustedSockets.close(socket);
        throw broken(e);
      }
      try {
        session = String.valueOf(call("POST", LOGIN, "", Map.of("Authorization", basic())));
      } catch (VSphereFault e) {
        connection.close();
        throw e;
      }
    }

    private String basic() {
      char[] secret = vsphere.endpoint().password().get();
      byte[] user = (vsphere.endpoint().user() + ":").getBytes(StandardCharsets.UTF_8);
      var encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(secret));
      byte[] both = Arrays.copyOf(user, user.length + encoded.remaining());
      encoded.get(both, user.length, encoded.remaining());
      Arrays.fill(secret, '\0');
      try {
        return "Basic " + Base64.getEncoder().encodeToString(both);
      } finally {
        Arrays.fill(both, (byte) 0);
      }
    }

    @Nullable Object get(String what) {
      return call("GET", TAGGING + what, "", Map.of("vmware-api-session-id", session));
    }

    @Nullable Object post(String what, String json) {
      return call("POST", TAGGING + what, json, Map.of("vmware-api-session-id", session));
    }

    private @Nullable Object call(
        String method, String target, String json, Map<String, String> identity) {
      Map<String, String> headers = new LinkedHashMap<>();
      headers.put("Host", url.getRawAuthority());
      headers.put("User-Agent", "drover");
      headers.put("Accept", "application/json");
      headers.put("Content-Type", "application/json");
      headers.putAll(identity);
      try {
        connection.send(method, target, headers, json.getBytes(StandardCharsets.UTF_8));
        HttpConnection.Answer answer = connection.receive(vsphere.endpoint().timeouts().read());
        String text;
        try (InputStream in = answer.body()) {
          text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        if (answer.status() / 100 != 2) {
          throw refused(answer.status());
        }
        return text.isEmpty() || !(Json.parse(text) instanceof Map<?, ?> whole)
            ? null
            : whole.get("value");
      } catch (IllegalArgumentException e) {
        throw unexpected(e);
      } catch (IOException e) {
        throw broken(e);
      }
    }

    private VSphereFault refused(int status) {
      VSphereFault.Kind kind =
          switch (status) {
            case 401 -> VSphereFault.Kind.INVALID_LOGIN;
            case 403 -> VSphereFault.Kind.NO_PERMISSION;
            case 404 -> VSphereFault.Kind.NOT_SUPPORTED;
            case 502, 503, 504 -> VSphereFault.Kind.UNAVAILABLE;
            default -> VSphereFault.Kind.OTHER;
          };
      return new VSphereFault(
          kind, "The REST API of " + url.getHost() + " answered HTTP " + status, "");
    }

    private VSphereFault broken(IOException e) {
      return new VSphereFault(
          VSphereFault.Kind.UNREACHABLE,
          "The connection to the REST API of " + url.getHost() + " broke: " + e.getMessage(),
          "",
          e);
    }

    @Override
    public void close() {
      try {
        if (connection.reusable()) {
          call("DELETE", LOGIN, "", Map.of("vmware-api-session-id", session));
        }
      } catch (VSphereFault e) {
        // The session ends by itself.
      } finally {
        connection.close();
      }
    }
  }
}
