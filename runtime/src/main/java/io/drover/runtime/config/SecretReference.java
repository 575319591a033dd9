// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import io.drover.runtime.config.Secret.Vault;
import java.io.IOException;

/** Reads a reference to a secret from the one word that it is. */
final class SecretReference extends StdDeserializer<Secret> {
  private static final long serialVersionUID = 1;

  /** The attribute of a reader that holds who reads Kubernetes Secrets. */
  static final String VAULT = "vault";

  SecretReference() {
    super(Secret.class);
  }

  @Override
  public Secret deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    String text = parser.getValueAsString();
    Vault vault = context.getAttribute(VAULT) instanceof Vault known ? known : Vault.NONE;
    return new Secret(text == null ? "" : text, vault);
  }
}
