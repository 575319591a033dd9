// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabLease;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import io.drover.lab.vcenter.vim.XmlNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Logins of one life of the lab vCenter, and the methods of SessionManager and
 * AuthorizationManager.
 */
final class Sessions implements Managed {
  private static final Moref REF = new Moref("SessionManager", "SessionManager");

  private final LabEstate estate;
  private final List<LabUser> users;
  private final Duration idle;
  private final Map<String, Session> byCookie = new ConcurrentHashMap<>();

  Sessions(LabEstate estate, List<LabUser> users, Duration idle) {
    this.estate = estate;
    this.users = List.copyOf(users);
    this.idle = idle;
  }

  void addTo(Methods methods) {
    methods.add(
        "SessionManager",
        "Login",
        "System.Anonymous",
        List.of("userName", "password", "locale"),
        this::login);
    methods.add("SessionManager", "Logout", null, List.of(), this::logout);
    methods.add(
        "SessionManager",
        "SessionIsActive",
        null,
        List.of("sessionID", "userName"),
        call -> {
          String key = call.request().need("sessionID").text();
          return all().stream().anyMatch(s -> s.key().equals(key));
        });
    methods.add(
        "SessionManager",
        "TerminateSession",
        "Sessions.TerminateSession",
        List.of("sessionId"),
        call -> {
          List<String> keys = call.request().texts("sessionId");
          all().stream().filter(s -> keys.contains(s.key())).forEach(this::end);
          return null;
        });
    methods.add("SessionManager", "SetLocale", null, List.of("locale"), call -> null);
    methods.add(
        "AuthorizationManager",
        "HasPrivilegeOnEntities",
        "System.View",
        List.of("entity", "sessionId", "privId"),
        call -> {
          LabUser user = bySession(call.request().need("sessionId").text()).user();
          return privileges(call.request(), user);
        });
    methods.add(
        "AuthorizationManager",
        "HasUserPrivilegeOnEntities",
        "System.View",
        List.of("entities", "userName", "privId"),
        call -> privileges(call.request(), user(call.request().need("userName").text())));
    methods.add(
        "AuthorizationManager",
        "HasPrivilegeOnEntity",
        "System.View",
        List.of("entity", "sessionId", "privId"),
        call -> {
          LabUser user = bySession(call.request().need("sessionId").text()).user();
          estate.need(call.request().need("entity").asRef());
          return VimArray.of(
              "boolean", call.request().texts("privId").stream().map(user::may).toList());
        });
  }

  private VimArray privileges(XmlNode request, LabUser user) {
    List<Moref> entities = new ArrayList<>(request.refs("entity"));
    entities.addAll(request.refs("entities"));
    List<VimObject> answers = new ArrayList<>();
    for (Moref entity : entities) {
      estate.need(entity);
      answers.add(
          VimObject.of("EntityPrivilege")
              .with("entity", entity)
              .with(
                  "privAvailability",
                  VimArray.of(
                      "PrivilegeAvailability",
                      request.texts("privId").stream()
                          .map(id ->
                              VimObject.of("PrivilegeAvailability")
                                  .with("privId", id)
                                  .with("isGranted", user.may(id)))
                          .toList())));
    }
    return VimArray.of("EntityPrivilege", answers);
  }

  private LabUser user(String name) {
    return users.stream()
        .filter(u -> u.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() -> VimFault.of("UserNotFound", "The user " + name + " is not known."));
  }

  private Session bySession(String key) {
    return all().stream()
        .filter(s -> s.key().equals(key))
        .findFirst()
        .orElseThrow(
            () -> VimFault.invalidArgument("sessionId", "There is no session " + key + "."));
  }

  private Object login(Call call) {
    if (call.openSession() != null) {
      throw VimFault.of("InvalidLogin", "The session is logged in already.");
    }
    String name = call.request().need("userName").text();
    String password = call.request().need("password").rawText();
    for (LabUser user : users) {
      if (user.name().equalsIgnoreCase(name)
          && MessageDigest.isEqual(
              user.password().getBytes(StandardCharsets.UTF_8),
              password.getBytes(StandardCharsets.UTF_8))) {
        Session session = new Session(estate, user, call.client());
        byCookie.put(session.cookie(), session);
        return new LoggedIn(session, session.info());
      }
    }
    throw VimFault.of(
        "InvalidLogin", "Cannot complete login due to an incorrect user name or password.");
  }

  /** The answer of Login, with the session whose cookie the client must get. */
  record LoggedIn(Session session, VimObject answer) {}

  private @Nullable Object logout(Call call) {
    end(call.session());
    return null;
  }

  /** Ends a session and what lives in it: collectors, views, leases. */
  void end(Session session) {
    byCookie.remove(session.cookie());
    session.end();
    for (LabLease lease : estate.all(LabLease.class)) {
      if (lease.ofSession(session.key())
          && (lease.state() == LabLease.State.READY
              || lease.state() == LabLease.State.INITIALIZING)) {
        try {
          lease.abort(VimFault.of("RequestCanceled", "The session of the lease ended."));
        } catch (VimFault alreadyOver) {
          // it ended between the look and the abort
        }
      }
    }
  }

  /**
   * Forgets all sessions without a word, as a vCenter that restarts; leases live on at their hosts.
   */
  void forgetAll() {
    List<Session> all = all();
    byCookie.clear();
    all.forEach(Session::end);
  }

  /** The session of a cookie, if it is there and was not idle for too long. */
  @Nullable Session ofCookie(@Nullable String cookie) {
    Session session = cookie == null ? null : byCookie.get(cookie);
    if (session != null && session.idleFor(idle.toNanos())) {
      end(session);
      return null;
    }
    return session;
  }

  List<Session> all() {
    return List.copyOf(byCookie.values());
  }

  @Override
  public Moref ref() {
    return REF;
  }

  @Override
  public long version() {
    return estate.clock();
  }

  @Override
  public List<String> propertyNames() {
    return List.of(
        "sessionList",
        "currentSession",
        "message",
        "messageLocaleList",
        "supportedLocaleList",
        "defaultLocale");
  }

  @Override
  public @Nullable Object property(String name) {
    return switch (name) {
      case "sessionList" -> VimArray.of("UserSession", all().stream().map(Session::info).toList());
      case "defaultLocale" -> "en";
      default -> null;
    };
  }
}
