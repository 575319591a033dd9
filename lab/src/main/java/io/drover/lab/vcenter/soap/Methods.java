// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import io.drover.lab.vcenter.vim.XmlNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The methods that the lab serves. A method, a parameter or a receiver that it does not know is
 * refused by name.
 */
final class Methods {
  /** Carries a call out; what it returns is the answer. */
  @FunctionalInterface
  interface Handler {
    @Nullable Object handle(Call call);
  }

  private record Method(
      String receiver, Set<String> parameters, @Nullable String privilege, Handler handler) {}

  private final Map<String, Method> methods = new HashMap<>();

  /**
   * Adds a method.
   *
   * @param receiver type of the objects that have it
   * @param privilege needed on the object, or null for none; "System.Anonymous" needs no login
   *     either
   * @param parameters names of its parameters
   */
  void add(
      String receiver,
      String method,
      @Nullable String privilege,
      List<String> parameters,
      Handler handler) {
    if (methods.put(method, new Method(receiver, Set.copyOf(parameters), privilege, handler))
        != null) {
      throw new IllegalStateException("The method " + method + " is there twice");
    }
  }

  Set<String> names() {
    return Set.copyOf(methods.keySet());
  }

  /** Checks and carries out a call. */
  @Nullable Object invoke(Call call) {
    Method method = methods.get(call.method());
    if (method == null || !Schema.isA(call.self().type(), method.receiver())) {
      boolean anonymous = method != null && "System.Anonymous".equals(method.privilege());
      if (!anonymous) {
        call.session();
      }
      throw new VimFault(
          VimObject.sub("MethodNotFound")
              .with("receiver", call.self())
              .with("method", call.method()),
          "The method "
              + call.method()
              + " is not found on "
              + call.self().type()
              + " in the lab vCenter.");
    }
    if (!"System.Anonymous".equals(method.privilege())) {
      call.session();
    }
    for (XmlNode parameter : call.request().children()) {
      if (!parameter.name().equals("_this") && !method.parameters().contains(parameter.name())) {
        throw VimFault.of(
            "InvalidRequest",
            "Unknown parameter " + parameter.name() + " of " + call.method() + ".");
      }
    }
    String privilege = method.privilege();
    if (privilege != null && !privilege.equals("System.Anonymous")) {
      call.need(privilege, call.self());
    }
    return method.handler().handle(call);
  }
}
