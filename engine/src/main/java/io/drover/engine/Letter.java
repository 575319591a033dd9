// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.Brain;
import io.drover.schemas.Message;

/** A message on its way to the inbox of another key or brain. */
public record Letter(Brain to, String key, Message message) {}
