// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabEntity;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabLease;
import io.drover.lab.vcenter.estate.LabSnapshot;
import io.drover.lab.vcenter.estate.LabTask;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.SoapRequest;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimXml;
import io.drover.lab.vcenter.vim.XmlNode;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The vSphere API of one life of the lab vCenter: takes an envelope, gives one back. A restart is a
 * new one on the same estate.
 */
public final class VimService {
  private final LabEstate estate;
  private final Sessions sessions;
  private final Methods methods = new Methods();

  /** What the caller sent beside the envelope. */
  public record Caller(
      @Nullable String sessionCookie, @Nullable String soapAction, String address) {}

  /**
   * What to send back.
   *
   * @param status HTTP status; 0 closes the connection without an answer
   * @param setCookie the session's cookie after a login, else null
   */
  public record Reply(int status, String body, @Nullable String setCookie) {}

  /**
   * Settings of the service.
   *
   * @param sessionIdle how long a session may be idle
   * @param maxChangedAreas most areas in an answer of QueryChangedDiskAreas
   */
  public record Settings(List<LabUser> users, Duration sessionIdle, int maxChangedAreas) {}

  /** A service without sessions. */
  public VimService(LabEstate estate, Settings settings, Supplier<LabLease.Server> nfc) {
    this.estate = estate;
    this.sessions = new Sessions(estate, settings.users(), settings.sessionIdle());
    ServiceContent content = new ServiceContent(estate);
    estate.register(content);
    estate.register(sessions);
    content.addTo(methods);
    sessions.addTo(methods);
    new CollectorMethods(estate).addTo(methods);
    new VmMethods(estate, settings.maxChangedAreas()).addTo(methods);
    new LeaseMethods(nfc).addTo(methods);
    new EventMethods(estate).addTo(methods);
    new InventoryMethods(estate, settings.sessionIdle()).addTo(methods);
  }

  /** All methods that are served. */
  public Set<String> methods() {
    return methods.names();
  }

  /** Ends this life: all sessions are gone. */
  public void stop() {
    sessions.forgetAll();
  }

  /** Ends every session and what lives in it, leases among it. */
  public void endSessions() {
    sessions.all().forEach(sessions::end);
  }

  /** Whether the cookie is that of a live session. */
  public boolean knows(@Nullable String cookie) {
    return sessions.ofCookie(cookie) != null;
  }

  /** How many are logged in. */
  public int sessionCount() {
    return sessions.all().size();
  }

  /** Answers one request. */
  public Reply answer(InputStream body, Caller caller) {
    VimXml xml = new VimXml(version(caller.soapAction()));
    try {
      XmlNode request = SoapRequest.read(body).method();
      XmlNode self = request.child("_this");
      if (self == null) {
        throw VimFault.of("InvalidRequest", "The method " + request.name() + " has no _this.");
      }
      return answer(request, self.asRef(), caller, xml);
    } catch (VimFault fault) {
      return new Reply(500, xml.fault(fault), null);
    }
  }

  private Reply answer(XmlNode request, Moref self, Caller caller, VimXml xml) {
    String method = request.name();
    String[] names = names(self);
    Session session = sessions.ofCookie(caller.sessionCookie());
    if (session != null && estate.faults().strike(Kind.SESSION_KILLED, method, names) != null) {
      sessions.end(session);
      session = null;
    }
    if (session != null) {
      session.enter();
    }
    try {
      LabFaultRule slow = estate.faults().strike(Kind.LATENCY, method, names);
      if (slow != null) {
        sleep(slow.delay());
      }
      if (estate.faults().strike(Kind.HTTP_503, method, names) != null) {
        return new Reply(503, "Service Unavailable", null);
      }
      LabFaultRule faulty = estate.faults().strike(Kind.METHOD_FAULT, method, names);
      if (faulty != null) {
        String type = faulty.faultType() == null ? "SystemError" : faulty.faultType();
        throw VimFault.of(
            type, "A general system error occurred: the lab was told that " + method + " faults.");
      }
      Object returned = methods.invoke(new Call(request, self, session, caller.address()));
      if (estate.faults().strike(Kind.LOST_ANSWER, method, names) != null) {
        return new Reply(0, "", null);
      }
      if (returned instanceof Sessions.LoggedIn in) {
        return new Reply(200, xml.answer(method, in.answer()), in.session().cookie());
      }
      return new Reply(200, xml.answer(method, returned), null);
    } finally {
      if (session != null) {
        session.leave();
      }
    }
  }

  /** The names by which a fault rule may know the object that a method is called on. */
  private String[] names(Moref self) {
    Managed object = estate.find(self);
    LabEntity entity =
        switch (object) {
          case LabEntity e -> e;
          case LabSnapshot s -> s.vm();
          case LabLease l -> l.vm();
          case LabTask t -> t.entity();
          case null, default -> null;
        };
    return entity == null
        ? new String[] {self.value()}
        : new String[] {self.value(), entity.ref().value(), entity.name()};
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** "urn:vim25/8.0.3.0" names a version; anything else means the newest. */
  private static @Nullable String version(@Nullable String soapAction) {
    if (soapAction == null) {
      return null;
    }
    String action = soapAction.replace("\"", "");
    return action.startsWith("urn:vim25/") ? action.substring("urn:vim25/".length()) : null;
  }
}
